import { CommandError } from './errors.ts'

/**
 * Refuses too few or too many arguments in step's words.
 *
 * @throws {CommandError} `arguments_wrong`
 */
export function assertArgumentCount(
  { positional, usage }: { readonly positional: readonly string[]; readonly usage: string },
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): void {
  if (positional.length >= minimum && positional.length <= maximum) return
  const amount = positional.length < minimum ? 'not enough' : 'too many'
  throw new CommandError(
    'arguments_wrong',
    `${amount} positional arguments were provided in '${usage}'`,
  )
}

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
    { hint: hintAtFlag(positional) },
  )
}

/** An unknown flag behind an argument counts as one, as in step; that is seldom what was meant. */
function hintAtFlag(positional: readonly string[]): string | undefined {
  const flag = positional.find((word) => /^--?[a-z]/i.test(word))
  return flag === undefined
    ? undefined
    : `there is no flag '${flag.replace(/=.*$/s, '')}'; --help shows those there are`
}

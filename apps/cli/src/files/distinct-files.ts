import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CommandError } from '../framework/errors.ts'

/**
 * Whether two names are those of one file, by whatever path, or will be once it is written. Pipes and devices are none:
 * both outputs may go there.
 */
export function isSameFile(one: string, other: string): boolean {
  const target = findTarget(one)
  return target !== undefined && target === findTarget(other)
}

/**
 * Refuses an output that would take the place of a file that is read: a CA's key would be gone for a leaf's.
 *
 * @throws {CommandError} `arguments_wrong`
 */
export function assertKeepsInputs(
  output: string | undefined,
  inputs: readonly (string | undefined)[],
): void {
  if (output === undefined) return
  if (!inputs.some((input) => input !== undefined && isSameFile(output, input))) return
  throw new CommandError(
    'arguments_wrong',
    `${output} is read by this command: choose another name for what it writes`,
  )
}

/** The one name of a file, whatever path leads to it or will once it is written; `undefined` for what is no file. */
export function findTarget(path: string): string | undefined {
  const existing = statSync(path, { throwIfNoEntry: false })
  if (existing === undefined) return targetOfNew(resolve(path))
  return existing.isFile() ? realpathSync(path) : undefined
}

/** Its folder tells where it will be. */
function targetOfNew(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    // There is no such folder, which writing the file will tell.
    return path
  }
}

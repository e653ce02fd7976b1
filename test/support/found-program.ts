import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Finds a program in the PATH. Where it is missing the reason is printed and the caller skips its tests.
 *
 * @throws {Error} when it is missing in CI, which installs what tests need.
 */
export function findProgram(name: string): string | undefined {
  const found = findOnPath(name)
  if (found === undefined && process.env.CI) throw new Error(`${name} is not installed`)
  return found
}

/** As {@link findProgram}, for a program that CI may lack, too: one that no package of the system brings. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, name)).find(isExecutable)
  if (found === undefined) process.stderr.write(`skipped: ${name} is not installed\n`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

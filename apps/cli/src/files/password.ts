import { loadPasswordFile } from '@mayfly/keystore-hsm'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { withQuestions } from '../terminal/questions.ts'
import { reasonOf } from './system-error.ts'

/**
 * Returns the password in the first of `files` that is named; `undefined` when none is, or when that file is empty.
 *
 * @throws {CommandError} `file_unreadable`
 */
export async function loadFirstPassword(
  files: readonly (string | undefined)[],
): Promise<string | undefined> {
  const path = files.find((file) => file !== undefined)
  if (path === undefined) return undefined
  try {
    const password = await loadPasswordFile(path)
    return password === '' ? undefined : password
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new CommandError(
      'file_unreadable',
      `error reading ${path}: error reading "${path}": ${reasonOf(cause)}`,
      { cause: error },
    )
  }
}

/** Asks for a password on the terminal. */
export async function askPassword(io: Io, label: string): Promise<string> {
  return await withQuestions(io, (questions) => questions.askPassword(label))
}

/**
 * Opens something that a password guards: with `password` if there is one, else asking up to `tries` times.
 *
 * `open` throws on a wrong password; `isWrongPassword` tells that from other failures.
 */
export async function openWithPassword<T>(
  io: Io,
  {
    password,
    label,
    tries,
    isWrongPassword,
    open,
  }: {
    readonly password: string | undefined
    readonly label: string
    readonly tries: number
    readonly isWrongPassword: (error: unknown) => boolean
    readonly open: (password: string) => Promise<T>
  },
): Promise<T> {
  if (password !== undefined) return await open(password)
  return await withQuestions(io, async (questions) => {
    for (let left = tries; ; left -= 1) {
      const typed = await questions.askPassword(label)
      try {
        return await open(typed)
      } catch (error) {
        if (left <= 1 || !isWrongPassword(error)) throw error
      }
    }
  })
}

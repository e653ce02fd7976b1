import { KeystoreError, loadPasswordFile } from '@mayfly/keystore-hsm'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { withQuestions } from '../terminal/questions.ts'
import { readInput } from './input-file.ts'
import { reasonOf } from './system-error.ts'

/**
 * Returns the password in the first of `files` that is named, `-` being standard input; `undefined` when none is.
 *
 * @throws {CommandError} `file_unreadable`, also for a file that is empty: nobody meant an empty password.
 */
export async function loadFirstPassword(
  io: Io,
  files: readonly (string | undefined)[],
): Promise<string | undefined> {
  const path = files.find((file) => file !== undefined)
  if (path === undefined) return undefined
  try {
    return path === '-' ? await readPassword(io) : await loadPasswordFile(path)
  } catch (error) {
    if (error instanceof CommandError) throw error
    if (error instanceof KeystoreError && error.code === 'password_missing') {
      throw new CommandError('file_unreadable', error.message, { cause: error })
    }
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new CommandError('file_unreadable', `error reading "${path}": ${reasonOf(cause)}`, {
      cause: error,
    })
  }
}

/** From standard input: all of it without the white space at its end, as of a file. */
async function readPassword(io: Io): Promise<string> {
  const octets = await readInput(io, '-')
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  const password = text.trimEnd()
  if (password !== '') return password
  throw new CommandError('file_unreadable', 'there is no password on standard input')
}

/** A password that may have to be asked for. */
export interface PasswordQuestion {
  /** What the terminal shows. */
  readonly label: string
  /** What it is, for those who cannot be asked: `the password of foo.key`. */
  readonly what: string
  /** The flag that answers it, without dashes. */
  readonly flag: string
}

/** The question for the password that a key file is encrypted with. */
export function passwordOfFile(path: string, flag: string): PasswordQuestion {
  const label = `Please enter the password to decrypt ${path}`
  return { label, what: `the password of ${path}`, flag }
}

/** Returns what reads the password of a key from a file, or asks for it, once. */
export function rememberedPassword(
  io: Io,
  keyPath: string,
  passwordFile: string | undefined,
): () => Promise<string> {
  let password: Promise<string> | undefined
  return () => {
    password ??= loadOrAsk(io, keyPath, passwordFile)
    return password
  }
}

async function loadOrAsk(
  io: Io,
  keyPath: string,
  passwordFile: string | undefined,
): Promise<string> {
  const password = await loadFirstPassword(io, [passwordFile])
  return password ?? (await askPassword(io, passwordOfFile(keyPath, 'password-file')))
}

/** Asks for a password on the terminal. */
export async function askPassword(io: Io, question: PasswordQuestion): Promise<string> {
  return await withQuestions(io, instead(question), (questions) =>
    questions.askPassword(question.label),
  )
}

function instead({ what, flag }: PasswordQuestion): string {
  return `${what} was to be asked: use --${flag} FILE`
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
    question,
    tries,
    isWrongPassword,
    open,
  }: {
    readonly password: string | undefined
    readonly question: PasswordQuestion
    readonly tries: number
    readonly isWrongPassword: (error: unknown) => boolean
    readonly open: (password: string) => Promise<T>
  },
): Promise<T> {
  if (password !== undefined) return await open(password)
  return await withQuestions(io, instead(question), async (questions) => {
    for (let left = tries; ; left -= 1) {
      const typed = await questions.askPassword(question.label)
      try {
        return await open(typed)
      } catch (error) {
        if (left <= 1 || !isWrongPassword(error)) throw error
      }
    }
  })
}

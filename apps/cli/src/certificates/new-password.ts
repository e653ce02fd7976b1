import { askPassword, loadFirstPassword } from '../files/password.ts'
import { CommandError, flagIncompatible, flagRequiresFlag } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that say how a new file with a key is protected. */
export const newPasswordFlags = {
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password; asked for if left out.',
  },
  'no-password': { type: 'boolean', help: 'Protect the key with no password; needs --insecure.' },
} as const

interface NewPasswordFlags {
  readonly 'password-file': string | undefined
  readonly 'no-password': boolean
  readonly insecure: boolean
}

/**
 * Checks the flags before anything is asked or made.
 *
 * @throws {CommandError} `flag_missing`, `flag_conflict`
 */
export function assertPasswordFlags(flags: NewPasswordFlags): void {
  if (!flags['no-password']) return
  if (!flags.insecure) throw flagRequiresFlag('no-password', 'insecure')
  if (flags['password-file'] !== undefined) throw flagIncompatible('no-password', 'password-file')
}

/**
 * Returns the password for a new file: of `--password-file`, else what is typed; `undefined` for none.
 *
 * @throws {CommandError} `flag_missing` for an empty one, typed by a slip; `file_unreadable`.
 */
export async function chooseNewPassword(
  io: Io,
  flags: NewPasswordFlags,
  { label, what }: { readonly label: string; readonly what: string },
): Promise<string | undefined> {
  if (flags['no-password']) return undefined
  const password =
    (await loadFirstPassword(io, [flags['password-file']])) ??
    (await askPassword(io, { label, what, flag: 'password-file' }))
  if (password !== '') return password
  throw new CommandError(
    'flag_missing',
    "the password is empty; to go without one, use '--no-password' with '--insecure'",
  )
}

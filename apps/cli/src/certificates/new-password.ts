import { flagIncompatible, flagRequiresFlag } from '../framework/errors.ts'

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

import { askPassword, loadFirstPassword } from '../files/password.ts'
import { CommandError, flagRequiresFlag } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that say how a new private key is protected. */
export const newKeyPasswordFlags = {
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password to encrypt the private key; asked for if left out.',
  },
  'no-password': {
    type: 'boolean',
    help: 'Write the private key in the clear; needs --insecure.',
  },
  insecure: { type: 'boolean', help: 'Allows --no-password.' },
} as const

interface NewKeyPasswordValues {
  readonly 'password-file': string | undefined
  readonly 'no-password': boolean
  readonly insecure: boolean
}

/**
 * Refuses flags that contradict each other.
 *
 * @throws {CommandError} `flag_conflict`, `flag_missing`
 */
export function assertNewKeyPassword(flags: NewKeyPasswordValues): void {
  if (!flags['no-password']) return
  if (flags['password-file'] !== undefined) {
    throw new CommandError(
      'flag_conflict',
      "flag '--no-password' is incompatible with 'password-file'",
    )
  }
  if (!flags.insecure) throw flagRequiresFlag('no-password', 'insecure')
}

/**
 * The password that a new private key is encrypted with, from its file or asked for; `undefined` with `--no-password`.
 * `what` is what the question calls the key: `the private key`.
 *
 * @throws {CommandError} `flag_missing` for an empty one, which would leave the key in the clear.
 */
export async function newKeyPassword(
  io: Io,
  flags: NewKeyPasswordValues,
  what: string,
): Promise<string | undefined> {
  return await newPassword(io, flags, {
    label: `Please enter the password to encrypt ${what}`,
    what: `the password of ${what}`,
  })
}

/**
 * As {@link newKeyPassword}, for any new file with a key: `label` is the question, `what` is what it asks for.
 *
 * @throws {CommandError} `flag_missing` for an empty one, typed by a slip; `file_unreadable`.
 */
export async function newPassword(
  io: Io,
  flags: NewKeyPasswordValues,
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

import { canResume, isRenewalDue } from '@mayfly/renew-scheduler'
import { formatDuration, type Validity } from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { type KeyPair, loadKeyPair } from './key-pair.ts'
import type { RenewalPlan } from './renewal-flags.ts'

/** Where a certificate and its key are. */
interface RenewableFiles {
  readonly certificatePath: string
  readonly keyPath: string
  readonly password: () => Promise<string>
}

/** Loads the certificate to be renewed and its key, with renewal's own words for what is wrong. */
export async function loadRenewable(
  io: Io,
  { certificatePath, keyPath, password }: RenewableFiles,
): Promise<KeyPair> {
  return await loadKeyPair(io, certificatePath, keyPath, {
    password,
    certificateFailure: (path, reason) =>
      `error reading certificate chain: open ${path}: ${reason}`,
    keyFailure: (path, reason) => `error loading private key: open ${path}: ${reason}`,
  })
}

/**
 * As {@link loadRenewable}, for a daemon: undefined where certificate and key do not belong together, and the daemon can go
 * on from what an earlier one has left.
 */
export async function findKeepable(
  io: Io,
  files: RenewableFiles & {
    readonly out: string | undefined
    readonly keyOut?: string | undefined
  },
): Promise<KeyPair | undefined> {
  try {
    return await loadRenewable(io, files)
  } catch (error) {
    const { keyPath: path, password } = files
    const isTorn = error instanceof CommandError && error.code === 'key_unfit'
    if (isTorn && (await canResume({ ...files, key: { path, password } }))) return undefined
    throw error
  }
}

/** Tells whether it is time, by `--expires-in`, and says so when it is too early. `verb` is `renewed` or `rekeyed`. */
export function isDue(
  io: Io,
  { expiresIn }: RenewalPlan,
  { notAfter }: Validity,
  verb: string,
): boolean {
  if (expiresIn === undefined) return true
  const { due, remainingMilliseconds } = isRenewalDue({
    notAfter,
    now: io.now(),
    expiresInMilliseconds: expiresIn,
    random: io.random,
  })
  const remaining = formatDuration(Math.round(remainingMilliseconds / 1000) * 1000)
  if (!due) reportLine(io, `certificate not ${verb}: expires in ${remaining}`)
  return due
}

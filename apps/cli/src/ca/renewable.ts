import { isRenewalDue } from '@mayfly/renew-scheduler'
import { formatDuration, type Validity } from '@mayfly/x509-profiles'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { type KeyPair, loadKeyPair } from './key-pair.ts'
import type { RenewalPlan } from './renewal-flags.ts'

/** Loads the certificate to be renewed and its key, with renewal's own words for what is wrong. */
export async function loadRenewable(
  io: Io,
  {
    certificatePath,
    keyPath,
    password,
  }: {
    readonly certificatePath: string
    readonly keyPath: string
    readonly password: () => Promise<string>
  },
): Promise<KeyPair> {
  return await loadKeyPair(io, certificatePath, keyPath, {
    password,
    certificateFailure: (path, reason) =>
      `error reading certificate chain: open ${path}: ${reason}`,
    keyFailure: (path, reason) => `error loading private key: open ${path}: ${reason}`,
  })
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

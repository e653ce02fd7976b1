import { formatDuration } from '@mayfly/x509-profiles'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { type KeyPair, loadKeyPair } from './key-pair.ts'

/** Loads the certificate to be renewed and its key, with renewal's own words for what is wrong. */
export async function loadRenewable(
  io: Io,
  certificatePath: string,
  keyPath: string,
  flags: { readonly 'password-file': string | undefined },
): Promise<KeyPair> {
  return await loadKeyPair(io, certificatePath, keyPath, {
    passwordFile: flags['password-file'],
    certificateFailure: (path, reason) =>
      `error reading certificate chain: open ${path}: ${reason}`,
    keyFailure: (path, reason) => `error loading private key: open ${path}: ${reason}`,
  })
}

/** Says that it is too early; `verb` is `renewed` or `rekeyed`. */
export function reportNotDue(io: Io, verb: string, remainingMilliseconds: number): void {
  const remaining = formatDuration(Math.round(remainingMilliseconds / 1000) * 1000)
  reportLine(io, `certificate not ${verb}: expires in ${remaining}`)
}

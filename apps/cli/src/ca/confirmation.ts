import { createHash } from 'node:crypto'
import { parseCertificationRequestPem } from '@mayfly/x509-profiles'
import { parseNamed } from '../certificates/named-file.ts'
import { errorReading, readInput } from '../files/input-file.ts'
import { flagIncompatible } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that bind a token to one certificate signing request. */
export const confirmationFlags = {
  cnf: {
    type: 'text',
    value: 'fingerprint',
    help: 'The base64url SHA-256 of the CSR that the token is good for.',
  },
  'cnf-file': {
    type: 'text',
    value: 'file',
    help: 'The CSR that the token is good for.',
  },
} as const

/**
 * Returns the fingerprint a token is bound to; `undefined` when it is bound to none.
 *
 * @throws {CommandError} `flag_conflict`, `file_unreadable`
 * @throws {ProfileError} when the file is no CSR.
 */
export async function loadConfirmation(
  io: Io,
  flags: { readonly cnf: string | undefined; readonly 'cnf-file': string | undefined },
): Promise<string | undefined> {
  const path = flags['cnf-file']
  if (path === undefined) return flags.cnf
  if (flags.cnf !== undefined) throw flagIncompatible('cnf-file', 'cnf')
  const text = (await readInput(io, path, errorReading)).toString()
  return fingerprintOfRequest(parseNamed(path, () => parseCertificationRequestPem(text)))
}

/** base64url SHA-256 of a CSR's DER. */
export function fingerprintOfRequest({ der }: { readonly der: Uint8Array }): string {
  return createHash('sha256').update(der).digest('base64url')
}

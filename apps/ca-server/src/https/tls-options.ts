import { constants } from 'node:crypto'
import type { SecureContextOptions, SecureVersion } from 'node:tls'
import type { Authority } from '@mayfly/authority-core'
import type { TlsConfiguration } from '@mayfly/authority-core/config'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { ServerError } from '../server-error.ts'
import { findOpensslSuite, joinSuites } from './cipher-suites.ts'

/** What a secure context of the listener is made of, but for its key and certificate. */
export type TlsOptions = Readonly<
  Pick<
    SecureContextOptions,
    'ca' | 'ciphers' | 'honorCipherOrder' | 'minVersion' | 'maxVersion' | 'secureOptions'
  >
>

/**
 * Translates the `tls` block of `ca.json`. The names of the roots, then of the intermediates, are offered to clients
 * as those whose certificates are acceptable.
 *
 * @throws {ServerError} `tls_unsupported` with the JSON path of what cannot be had.
 */
export function createTlsOptions(
  tls: TlsConfiguration,
  { roots, chain }: Pick<Authority, 'roots' | 'chain'>,
): TlsOptions {
  return {
    ca: [...roots, ...chain].map(encodeCertificatePem),
    ciphers: joinSuites(tls.cipherSuites.map(translateSuite)),
    honorCipherOrder: true,
    minVersion: findVersion('tls.minVersion', Math.max(tls.minVersion, 1.2)),
    maxVersion: findVersion('tls.maxVersion', tls.maxVersion),
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  }
}

/** Says what of a `tls` block is not followed. */
export function findTlsWarning({ minVersion }: TlsConfiguration): string | undefined {
  if (minVersion >= 1.2) return undefined
  return `tls.minVersion: TLS ${minVersion.toFixed(1)} is not offered, connections begin at TLS 1.2`
}

function translateSuite(name: string, index: number): string {
  const suite = findOpensslSuite(name)
  if (suite !== undefined) return suite
  throw new ServerError(
    'tls_unsupported',
    `tls.cipherSuites[${index}]: unknown cipher suite ${JSON.stringify(name)}`,
  )
}

function findVersion(path: string, version: number): SecureVersion {
  if (version === 1.3) return 'TLSv1.3'
  if (version === 1.2) return 'TLSv1.2'
  throw new ServerError(
    'tls_unsupported',
    `${path}: TLS ${version.toFixed(1)} is not supported, write 1.2 or 1.3`,
  )
}

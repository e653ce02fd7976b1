import { constants } from 'node:crypto'
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import type { TlsConfiguration } from '@mayfly/authority-core/config'
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
 * Translates the `tls` block of `ca.json`. `acceptable` are certificates, PEM, with the names of the authorities that
 * are offered to clients, in this order. No session is resumed: it would bring a client's leaf alone, without the
 * certificates that it needs to be judged.
 *
 * @throws {ServerError} `tls_unsupported` with the JSON path of what cannot be had.
 */
export function createTlsOptions(tls: TlsConfiguration, acceptable: readonly string[]): TlsOptions {
  return {
    ca: [...acceptable],
    ciphers: joinSuites(tls.cipherSuites.map(translateSuite)),
    honorCipherOrder: true,
    minVersion: findVersion('tls.minVersion', Math.max(tls.minVersion, 1.2)),
    maxVersion: findVersion('tls.maxVersion', tls.maxVersion),
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  }
}

/**
 * Proves that OpenSSL takes what a listener is to use.
 *
 * @throws {ServerError} `tls_unsupported`.
 */
export function assertTlsWorks(context: SecureContextOptions): void {
  try {
    createSecureContext(context)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServerError('tls_unsupported', `tls: ${reason}`, { cause })
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

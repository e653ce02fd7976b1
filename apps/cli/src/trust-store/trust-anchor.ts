import {
  type Certificate,
  findCommonName,
  publicKeyOf,
  verifyCertificateSignature,
} from '@mayfly/x509-profiles'
import { loadOneCertificate } from '../certificates/issuer-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** A root to be trusted, or no longer. */
export interface TrustAnchor {
  readonly certificate: Certificate
  /** The file that the user named. */
  readonly path: string
  /** What trust stores know it by: the prefix and the serial number. */
  readonly name: string
}

/**
 * Loads a root for trust stores; the prefix of its name is its common name with a blank, unless another is given.
 *
 * @throws {CommandError} `file_unreadable`; `certificate_unfit` for what is no self-signed CA.
 */
export async function loadTrustAnchor(
  io: Io,
  path: string,
  givenPrefix: string | undefined,
): Promise<TrustAnchor> {
  const certificate = await loadOneCertificate(io, path)
  if (!isRoot(certificate)) {
    throw new CommandError('certificate_unfit', `certificate ${path} is not a root CA`)
  }
  const commonName = findCommonName(certificate.subject) ?? ''
  const prefix = givenPrefix ?? (commonName === '' ? 'Mayfly CA ' : `${commonName} `)
  // The programs of the stores print it, and certificates are made by anybody.
  const name = `${prefix}${certificate.serialNumber}`.replace(unprintable, '_')
  return { certificate, path, name }
}

function isRoot(certificate: Certificate): boolean {
  return (
    certificate.basicConstraints?.isCa === true &&
    verifyCertificateSignature(certificate, publicKeyOf(certificate))
  )
}

const unprintable = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

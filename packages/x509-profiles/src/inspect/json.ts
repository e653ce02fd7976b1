import { createHash } from 'node:crypto'
import type { SignatureAlgorithm } from '../algorithms.ts'
import type { Certificate } from '../certificate.ts'
import { isEmptyName } from '../name.ts'
import type { JsonValue } from './encode-json.ts'
import { extensionsToJson } from './json-extensions.ts'
import { keyToJson, toBase64 } from './json-key.ts'
import { formatRfc3339 } from './layout.ts'
import { formatNameForJson, nameToJson } from './name-text.ts'
import { isSelfSigned } from './short.ts'
import { findWebNames } from './web-names.ts'

/**
 * The JSON form of `step certificate inspect`, its members in step's order; `encodeJson` writes it.
 *
 * `signature.valid` is true for a certificate whose own key verifies its signature, and false where
 * the issuer would have to be asked.
 */
export function certificateToJson(certificate: Certificate): { [member: string]: JsonValue } {
  const { issuer, subject, signatureAlgorithm, validity, der, tbsCertificate } = certificate
  const { extensions, unknown } = extensionsToJson(certificate.extensions)
  const selfSigned = isSelfSigned(certificate)
  const tbsFingerprint = digest('sha256', tbsCertificate)
  const names = findWebNames(subject, certificate.subjectAltNames)
  return {
    version: certificate.version,
    serial_number: certificate.serialNumber.toString(),
    signature_algorithm: signatureAlgorithmToJson(signatureAlgorithm),
    issuer: nameToJson(issuer),
    ...(isEmptyName(issuer) ? {} : { issuer_dn: formatNameForJson(issuer) }),
    validity: {
      start: formatRfc3339(validity.notBefore),
      end: formatRfc3339(validity.notAfter),
      length: Math.round((validity.notAfter.getTime() - validity.notBefore.getTime()) / 1000),
    },
    subject: nameToJson(subject),
    ...(isEmptyName(subject) ? {} : { subject_dn: formatNameForJson(subject) }),
    subject_key_info: keyToJson(certificate.subjectPublicKeyInfo),
    extensions,
    ...(unknown.length > 0 && { unknown_extensions: unknown }),
    signature: {
      signature_algorithm: signatureAlgorithmToJson(signatureAlgorithm),
      value: toBase64(certificate.signature),
      valid: selfSigned,
      self_signed: selfSigned,
    },
    fingerprint_md5: digest('md5', der),
    fingerprint_sha1: digest('sha1', der),
    fingerprint_sha256: digest('sha256', der),
    tbs_noct_fingerprint: tbsFingerprint,
    spki_subject_fingerprint: digest('sha256', certificate.subjectPublicKeyInfo, subject.der),
    tbs_fingerprint: tbsFingerprint,
    validation_level: 'unknown',
    ...(names.length > 0 && { names }),
    redacted: names.some((name) => name.startsWith('?')),
  }
}

/** A signature algorithm in step's JSON forms. */
export function signatureAlgorithmToJson({ name, oid }: SignatureAlgorithm): JsonValue {
  return { name, oid }
}

function digest(hash: 'md5' | 'sha1' | 'sha256', ...parts: readonly Uint8Array[]): string {
  const state = createHash(hash)
  for (const part of parts) state.update(part)
  return state.digest('hex')
}

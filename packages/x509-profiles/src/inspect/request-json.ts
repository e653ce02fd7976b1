import type { CertificationRequest } from '../certification-request.ts'
import type { GeneralNameType } from '../general-name.ts'
import { toHex } from '../internal/der.ts'
import { describeKey, type ShownKey } from './describe-key.ts'
import type { JsonValue } from './encode-json.ts'
import { signatureAlgorithmToJson } from './json.ts'
import { extensionToJson } from './json-extensions.ts'
import { keyAlgorithmNames, toBase64 } from './json-key.ts'
import { nameToJson } from './name-text.ts'

/** The JSON form of `step certificate inspect` for a request; its members are Go's field names. */
export function certificationRequestToJson(request: CertificationRequest): {
  [member: string]: JsonValue
} {
  const { extensions, signatureAlgorithm } = request
  const key = describeKey(request.subjectPublicKeyInfo)
  return {
    Raw: toBase64(request.der),
    RawTBSCertificateRequest: toBase64(request.certificationRequestInfo),
    RawSubjectPublicKeyInfo: toBase64(request.subjectPublicKeyInfo),
    RawSubject: toBase64(request.subject.der),
    Version: 0,
    Signature: toBase64(request.signature),
    SignatureAlgorithm: signatureAlgorithmToJson(signatureAlgorithm),
    PublicKeyAlgorithm: { name: keyAlgorithmNames[key.type] },
    PublicKey: publicKeyToJson(key),
    Subject: nameToJson(request.subject),
    Attributes: extensions.length === 0 ? null : [extensionRequestToJson(request)],
    Extensions: extensions.length === 0 ? null : extensions.map(extensionToJson),
    ExtraExtensions: null,
    DNSNames: namesToJson(request, 'dns'),
    EmailAddresses: namesToJson(request, 'email'),
    IPAddresses: namesToJson(request, 'ip'),
  }
}

function publicKeyToJson(key: ShownKey): JsonValue {
  switch (key.type) {
    case 'ec':
      return {
        Pub: { Curve: {}, X: toInteger(key.x), Y: toInteger(key.y) },
        Raw: { Bytes: toBase64(key.point), BitLength: key.point.length * 8 },
      }
    case 'ed25519':
      return toBase64(key.publicKey)
    case 'rsa':
      return { N: toInteger(key.modulus), E: key.exponent }
    case 'other':
      return null
  }
}

/** The attribute as Go reads it: of each extension the type alone, for its value is no string. */
function extensionRequestToJson({ extensions }: CertificationRequest): JsonValue {
  const values = extensions.map(({ oid }) => ({ type: oid }))
  return { Type: [1, 2, 840, 113549, 1, 9, 14], Value: [values] }
}

function namesToJson(request: CertificationRequest, type: GeneralNameType): JsonValue {
  const names = request.subjectAltNames.filter((name) => name.type === type)
  return names.length === 0 ? null : names.map(({ value }) => value)
}

function toInteger(octets: Uint8Array): bigint {
  return BigInt(`0x${toHex(octets) || '0'}`)
}

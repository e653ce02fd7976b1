import type { Certificate } from '../certificate.ts'
import { DerError, DerReader, tags } from '../internal/der.ts'
import type { Lint } from './lint.ts'
import { always, documents } from './scope.ts'

/** Lints of the public key, the signature's algorithm, the serial number and the validity. */
export const keyLints: readonly Lint[] = [
  {
    name: 'e_invalid_certificate_version',
    source: 'baseline',
    applies: always,
    holds: ({ version }) => version === 3,
  },
  {
    name: 'w_serial_number_low_entropy',
    source: 'baseline',
    since: new Date('2016-09-30T00:00:00Z'),
    applies: always,
    // Eight octets of the number itself.
    holds: ({ serialNumber }) => serialNumber.toString(2).length > 56,
  },
  {
    name: 'e_validity_time_not_positive',
    source: 'rfc2459',
    applies: always,
    holds: ({ validity }) => validity.notBefore < validity.notAfter,
  },
  {
    name: 'e_signature_algorithm_not_supported',
    source: 'baseline',
    since: documents.rfc2459,
    applies: always,
    holds: ({ signatureAlgorithm }) => acceptedSignatures.has(signatureAlgorithm.oid),
  },
  {
    name: 'e_sub_cert_or_sub_ca_using_sha1',
    source: 'baseline',
    since: new Date('2016-01-01T00:00:00Z'),
    applies: always,
    holds: ({ signatureAlgorithm }) => !sha1Signatures.has(signatureAlgorithm.oid),
  },
  {
    name: 'e_public_key_type_not_allowed',
    source: 'baseline',
    applies: always,
    holds: (certificate) => allowedKeys.has(readKey(certificate).oid),
  },
  {
    name: 'e_ec_improper_curves',
    source: 'baseline',
    since: documents.rfc2459,
    applies: (certificate) => readKey(certificate).oid === ecOid,
    holds: (certificate) => allowedCurves.has(readCurve(certificate)),
  },
  {
    name: 'e_rsa_mod_less_than_2048_bits',
    source: 'baseline',
    since: new Date('2013-12-31T00:00:00Z'),
    applies: isRsa,
    holds: (certificate) => readRsa(certificate).modulus.toString(2).length >= 2048,
  },
  {
    name: 'w_rsa_mod_not_odd',
    source: 'baseline',
    since: new Date('2013-02-08T00:00:00Z'),
    applies: isRsa,
    holds: (certificate) => readRsa(certificate).modulus % 2n === 1n,
  },
  {
    name: 'e_rsa_public_exponent_not_odd',
    source: 'baseline',
    since: new Date('2013-02-08T00:00:00Z'),
    applies: isRsa,
    holds: (certificate) => readRsa(certificate).exponent % 2n === 1n,
  },
  {
    name: 'e_rsa_public_exponent_too_small',
    source: 'baseline',
    since: new Date('2013-02-08T00:00:00Z'),
    applies: isRsa,
    holds: (certificate) => readRsa(certificate).exponent >= 3n,
  },
  {
    name: 'w_rsa_public_exponent_not_in_range',
    source: 'baseline',
    since: new Date('2013-02-08T00:00:00Z'),
    applies: isRsa,
    holds: (certificate) => {
      const { exponent } = readRsa(certificate)
      return exponent > 65_536n && exponent < 2n ** 256n
    },
  },
]

function isRsa(certificate: Certificate): boolean {
  return readKey(certificate).oid === rsaOid
}

/** The key's algorithm, its parameters and its octets. Throws DerError. */
function readKey({ subjectPublicKeyInfo }: Certificate): {
  readonly oid: string
  readonly parameters: DerReader
  readonly octets: Uint8Array
} {
  const sequence = new DerReader(subjectPublicKeyInfo).enter(tags.sequence)
  const parameters = sequence.enter(tags.sequence)
  return { oid: parameters.readOid(), parameters, octets: sequence.readBitString().octets }
}

function readCurve(certificate: Certificate): string {
  return readKey(certificate).parameters.readOid()
}

function readRsa(certificate: Certificate): {
  readonly modulus: bigint
  readonly exponent: bigint
} {
  const sequence = new DerReader(readKey(certificate).octets).enter(tags.sequence)
  const [modulus, exponent] = [sequence.readInteger(), sequence.readInteger()]
  if (modulus <= 0n) throw new DerError('the modulus is not positive')
  return { modulus, exponent }
}

const rsaOid = '1.2.840.113549.1.1.1'
const ecOid = '1.2.840.10045.2.1'
const dsaOid = '1.2.840.10040.4.1'
const allowedKeys: ReadonlySet<string> = new Set([rsaOid, ecOid, dsaOid])

/** P-256, P-384, P-521. */
const allowedCurves: ReadonlySet<string> = new Set([
  '1.2.840.10045.3.1.7',
  '1.3.132.0.34',
  '1.3.132.0.35',
])

/** RSA, DSA and ECDSA with SHA-1. */
const sha1Signatures: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.5',
  '1.2.840.10040.4.3',
  '1.2.840.10045.4.1',
])

/** With SHA-1, which has a lint of its own, and with the SHA-2 family; RSA also with PSS padding. */
const acceptedSignatures: ReadonlySet<string> = new Set([
  ...sha1Signatures,
  ...['10', '11', '12', '13'].map((last) => `1.2.840.113549.1.1.${last}`),
  '2.16.840.1.101.3.4.3.2',
  ...['1', '2', '3', '4'].map((last) => `1.2.840.10045.4.3.${last}`),
])

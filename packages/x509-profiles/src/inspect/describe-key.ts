import { ProfileError } from '../errors.ts'
import { DerError, DerReader, tags } from '../internal/der.ts'
import { type CurveName, type PublicKeyInfo, parsePublicKeyInfo } from '../public-key.ts'

/** A public key of any strength and kind, in the parts that are shown. */
export type ShownKey =
  | {
      readonly type: 'ec'
      readonly curve: CurveName
      readonly bits: number
      readonly point: Uint8Array
      /** The coordinates without leading zeros. */
      readonly x: Uint8Array
      readonly y: Uint8Array
    }
  | { readonly type: 'ed25519'; readonly publicKey: Uint8Array }
  | {
      readonly type: 'rsa'
      readonly bits: number
      readonly modulus: Uint8Array
      readonly exponent: bigint
    }
  | { readonly type: 'other'; readonly oid: string; readonly publicKey: Uint8Array }

/** Takes a SubjectPublicKeyInfo apart; one that cannot be read at all is shown as its octets. */
export function describeKey(subjectPublicKeyInfo: Uint8Array): ShownKey {
  try {
    const key = parsePublicKeyInfo(subjectPublicKeyInfo)
    if (key.type === 'ed25519') return key
    if (key.type === 'rsa') return describeRsaKey(key) ?? describeOtherKey(subjectPublicKeyInfo)
    const { curve, point } = key
    const size = (point.length - 1) / 2
    const x = withoutLeadingZeros(point.subarray(1, 1 + size))
    const y = withoutLeadingZeros(point.subarray(1 + size))
    return { type: 'ec', curve, bits: Number(curve.slice(2)), point, x, y }
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    return describeOtherKey(subjectPublicKeyInfo)
  }
}

/** step's short form of a key: `ECDSA P-256`, `RSA 2048`, `Ed25519 256`. */
export function formatKeyShort(key: ShownKey): string {
  switch (key.type) {
    case 'ec':
      return `ECDSA ${key.curve}`
    case 'ed25519':
      return 'Ed25519 256'
    case 'rsa':
      return `RSA ${key.bits}`
    case 'other':
      return key.oid
  }
}

/** The octets of an integer, without leading zeros. */
export function integerOctets(integer: bigint): Uint8Array {
  const digits = integer.toString(16)
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

/** `undefined` for numbers so large that nobody uses them: writing them in decimal takes seconds. */
function describeRsaKey({
  modulus,
  exponent,
}: Extract<PublicKeyInfo, { type: 'rsa' }>): ShownKey | undefined {
  const octets = integerOctets(modulus)
  if (octets.length > maximumRsaOctets || exponent >= 2n ** 64n) return undefined
  return { type: 'rsa', bits: modulus.toString(2).length, modulus: octets, exponent }
}

function describeOtherKey(subjectPublicKeyInfo: Uint8Array): ShownKey {
  try {
    const sequence = new DerReader(subjectPublicKeyInfo).enter(tags.sequence)
    const oid = sequence.enter(tags.sequence).readOid()
    return { type: 'other', oid, publicKey: sequence.readBitString().octets }
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return { type: 'other', oid: 'unknown', publicKey: subjectPublicKeyInfo }
  }
}

function withoutLeadingZeros(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0)
  return first === -1 ? octets.subarray(octets.length) : octets.subarray(first)
}

/** 32,768 bits. */
const maximumRsaOctets = 4096

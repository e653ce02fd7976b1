import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { ProfileError } from './errors.ts'
import { DerError, DerReader, tags } from './internal/der.ts'
import { encodePem } from './pem.ts'

/** The elliptic curves in use, by the names of RFC 7518. */
export type CurveName = 'P-256' | 'P-384' | 'P-521'

/** What a SubjectPublicKeyInfo says, before anything is asked of the key's strength. */
export type PublicKeyInfo =
  | { readonly type: 'ec'; readonly curve: CurveName; readonly point: Uint8Array }
  | { readonly type: 'ed25519'; readonly publicKey: Uint8Array }
  | { readonly type: 'rsa'; readonly modulus: bigint; readonly exponent: bigint }

/** The kinds of key that may sign and be certified; an `RSA` key has 2048 bits at least. */
export type PublicKeyKind = CurveName | 'Ed25519' | 'RSA'

/**
 * Imports a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of an allowed kind: EC P-256, P-384 or P-521 with
 * an uncompressed point on the curve, Ed25519, or RSA of 2048 to 8192 bits with an odd exponent from 3
 * to 2³¹−1.
 *
 * @throws {ProfileError} `key_unsupported`, or `key_too_weak` when an RSA key has too few bits or a bad
 * exponent.
 */
export function parseSubjectPublicKeyInfo(der: Uint8Array): KeyObject {
  const info = assertAllowedPublicKey(der)
  try {
    // As text: of an object Node asks by exceptions which kind of key it is, at three times the cost.
    const publicKey = createPublicKey(encodePem('PUBLIC KEY', der))
    kinds.set(publicKey, kindOfInfo(info))
    return publicKey
  } catch (cause) {
    throw new ProfileError('key_unsupported', 'the public key is not valid', { cause })
  }
}

/** The kind of a public key, `undefined` for a private key and for one that is not allowed. */
export function findPublicKeyKind(key: KeyObject): PublicKeyKind | undefined {
  const known = kinds.get(key)
  if (known !== undefined) return known
  const kind = inspectKind(key)
  if (kind !== undefined) kinds.set(key, kind)
  return kind
}

/**
 * Reads a SubjectPublicKeyInfo and checks its kind and strength, but not that a point is on its curve,
 * which only importing it does.
 *
 * @throws {ProfileError} as {@link parseSubjectPublicKeyInfo}.
 */
export function assertAllowedPublicKey(der: Uint8Array): PublicKeyInfo {
  const info = parsePublicKeyInfo(der)
  if (info.type === 'rsa') assertStrongRsa(info)
  return info
}

/**
 * Reads a SubjectPublicKeyInfo of any strength; for showing keys, not for trusting them.
 *
 * @throws {ProfileError} `key_unsupported` when the key is of another kind or malformed.
 */
export function parsePublicKeyInfo(der: Uint8Array): PublicKeyInfo {
  try {
    return readPublicKeyInfo(new DerReader(der))
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `the public key cannot be used: ${cause.message}`
    throw new ProfileError('key_unsupported', message, {
      cause,
      hint: 'Use an EC key (P-256, P-384, P-521), an Ed25519 key or an RSA key.',
    })
  }
}

/**
 * SHA-1 of the subjectPublicKey's bits: method 1 of RFC 5280 §4.2.1.2.
 *
 * @throws {ProfileError} `key_unsupported` when the octets are no SubjectPublicKeyInfo.
 */
export function keyIdentifierOf(der: Uint8Array): Uint8Array {
  try {
    const sequence = new DerReader(der).enter(tags.sequence)
    sequence.enter(tags.sequence)
    const { octets } = sequence.readBitString()
    return new Uint8Array(hash('sha1', octets, 'buffer'))
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    throw new ProfileError('key_unsupported', `not a public key: ${cause.message}`, { cause })
  }
}

function kindOfInfo(info: PublicKeyInfo): PublicKeyKind {
  if (info.type === 'ec') return info.curve
  return info.type === 'rsa' ? 'RSA' : 'Ed25519'
}

function inspectKind(key: KeyObject): PublicKeyKind | undefined {
  if (key.type !== 'public') return undefined
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  switch (key.asymmetricKeyType) {
    case 'ec':
      return curves.find(({ opensslName }) => opensslName === namedCurve)?.name
    case 'ed25519':
      return 'Ed25519'
    case 'rsa':
      return modulusLength >= 2048 ? 'RSA' : undefined
    default:
      return undefined
  }
}

function readPublicKeyInfo(reader: DerReader): PublicKeyInfo {
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const algorithm = sequence.enter(tags.sequence)
  const { octets, unusedBits } = sequence.readBitString()
  sequence.finish()
  if (unusedBits !== 0) throw new DerError('the key is no whole number of octets')
  const oid = algorithm.readOid()
  if (oid === keyOids.ec) return readEcKey(algorithm, octets)
  if (oid === keyOids.ed25519) return readEd25519Key(algorithm, octets)
  if (oid === keyOids.rsa) return readRsaKey(algorithm, octets)
  throw new DerError(`keys of type ${oid} are not allowed`)
}

function readEcKey(parameters: DerReader, point: Uint8Array): PublicKeyInfo {
  const oid = parameters.readOid()
  parameters.finish()
  const found = curves.find((curve) => curve.oid === oid)
  if (found === undefined) throw new DerError(`curve ${oid} is not allowed`)
  if (point[0] !== 0x04 || point.length !== 1 + 2 * found.coordinateOctets) {
    throw new DerError('the point is not in uncompressed form')
  }
  return { type: 'ec', curve: found.name, point }
}

function readEd25519Key(parameters: DerReader, publicKey: Uint8Array): PublicKeyInfo {
  parameters.finish()
  if (publicKey.length !== 32) throw new DerError('an Ed25519 key has 32 octets')
  return { type: 'ed25519', publicKey }
}

function readRsaKey(parameters: DerReader, octets: Uint8Array): PublicKeyInfo {
  if (parameters.readContents(tags.null).length > 0) throw new DerError('NULL with contents')
  parameters.finish()
  const reader = new DerReader(octets)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const modulus = sequence.readInteger()
  const exponent = sequence.readInteger()
  sequence.finish()
  if (modulus <= 0n || exponent <= 0n) throw new DerError('an RSA key is of positive numbers')
  return { type: 'rsa', modulus, exponent }
}

function assertStrongRsa({ modulus, exponent }: Extract<PublicKeyInfo, { type: 'rsa' }>): void {
  const bits = modulus.toString(2).length
  if (bits < 2048) {
    throw new ProfileError('key_too_weak', `the RSA key has ${bits} bits, at least 2048 are needed`)
  }
  if (bits > 8192) {
    throw new ProfileError(
      'key_unsupported',
      `the RSA key has ${bits} bits, at most 8192 are allowed`,
    )
  }
  if (modulus % 2n === 0n || exponent < 3n || exponent % 2n === 0n) {
    throw new ProfileError(
      'key_too_weak',
      'the RSA key has an even modulus, or an exponent even or 1',
    )
  }
  if (exponent >= 2n ** 31n) {
    throw new ProfileError('key_unsupported', 'the RSA exponent has more than 31 bits')
  }
}

const keyOids = {
  ec: '1.2.840.10045.2.1',
  ed25519: '1.3.101.112',
  rsa: '1.2.840.113549.1.1.1',
} as const

interface Curve {
  readonly name: CurveName
  readonly opensslName: string
  readonly oid: string
  readonly coordinateOctets: number
}

const curves: readonly Curve[] = [
  {
    name: 'P-256',
    opensslName: 'prime256v1',
    oid: '1.2.840.10045.3.1.7',
    coordinateOctets: 32,
  },
  { name: 'P-384', opensslName: 'secp384r1', oid: '1.3.132.0.34', coordinateOctets: 48 },
  { name: 'P-521', opensslName: 'secp521r1', oid: '1.3.132.0.35', coordinateOctets: 66 },
]

/** Asking a KeyObject for its details takes 20 µs, a third of a verification. */
const kinds = new WeakMap<KeyObject, PublicKeyKind>()

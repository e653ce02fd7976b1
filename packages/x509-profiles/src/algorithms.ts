import { type KeyObject, verify } from 'node:crypto'
import { assertDer, DerReader, encodeOid, encodeSequence, tags, toHex } from './internal/der.ts'
import { findPublicKeyKind, type PublicKeyKind } from './public-key.ts'

/** The signature algorithms that this package signs and verifies with, by their JOSE names. */
export type SignatureAlgorithmName =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'Ed25519'
  | 'RS256'
  | 'RS384'
  | 'RS512'

/** The AlgorithmIdentifier of a signature (RFC 5280 §4.1.1.2). */
export interface SignatureAlgorithm {
  readonly oid: string
  /** step's name of it, such as `ECDSA-SHA256`; the object identifier when it has none. */
  readonly name: string
  /** What verifies it, `undefined` when it is not on the allow-list or its parameters are wrong. */
  readonly algorithm: SignatureAlgorithmName | undefined
}

/**
 * Whether `signature` is `publicKey`'s over `message`. ECDSA signatures are strict DER.
 *
 * False, too, when the key is not of the algorithm's type and curve, or an RSA key is below 2048 bits.
 */
export function verifySignature(
  algorithm: SignatureAlgorithmName,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  return fits(algorithm, publicKey) && verify(table[algorithm].hash, message, publicKey, signature)
}

/** As {@link verifySignature}; algorithms that are slow run off the event loop. */
export async function verifySignatureOffLoop(
  algorithm: SignatureAlgorithmName,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (table[algorithm].isFast) return verifySignature(algorithm, publicKey, message, signature)
  if (!fits(algorithm, publicKey)) return false
  return new Promise((resolve, reject) => {
    verify(table[algorithm].hash, message, publicKey, signature, (error, isValid) => {
      if (error) reject(error)
      else resolve(isValid)
    })
  })
}

/** Writes the AlgorithmIdentifier of a signature (RFC 5758 §3.2, RFC 8410 §3, RFC 4055 §5). */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithmName): Uint8Array {
  return table[algorithm].der
}

/** Reads the AlgorithmIdentifier of a signature inside a larger structure. Throws DerError. */
export function readSignatureAlgorithm(
  reader: DerReader,
): SignatureAlgorithm & { der: Uint8Array } {
  const der = reader.readOctets(tags.sequence)
  const known = allowed.get(toHex(der))
  if (known !== undefined) return { ...known, der }
  assertDer(der)
  const oid = new DerReader(der).enter(tags.sequence).readOid()
  return { oid, name: namesOfOthers.get(oid) ?? oid, algorithm: undefined, der }
}

function fits(algorithm: SignatureAlgorithmName, publicKey: KeyObject): boolean {
  return findPublicKeyKind(publicKey) === table[algorithm].keyKind
}

interface AlgorithmEntry {
  readonly oid: string
  readonly name: string
  /** The whole AlgorithmIdentifier. */
  readonly der: Uint8Array
  readonly hash: string | null
  readonly keyKind: PublicKeyKind
  /** Faster on the event loop than a trip to the thread pool. */
  readonly isFast: boolean
}

const none = new Uint8Array()
const encodedNull = Uint8Array.of(tags.null, 0)

function identify(
  oid: string,
  name: string,
  parameters: Uint8Array,
): Pick<AlgorithmEntry, 'oid' | 'name' | 'der'> {
  return { oid, name, der: encodeSequence(encodeOid(oid), parameters) }
}

const table: Readonly<Record<SignatureAlgorithmName, AlgorithmEntry>> = {
  ES256: {
    ...identify('1.2.840.10045.4.3.2', 'ECDSA-SHA256', none),
    hash: 'sha256',
    keyKind: 'P-256',
    isFast: true,
  },
  ES384: {
    ...identify('1.2.840.10045.4.3.3', 'ECDSA-SHA384', none),
    hash: 'sha384',
    keyKind: 'P-384',
    isFast: false,
  },
  ES512: {
    ...identify('1.2.840.10045.4.3.4', 'ECDSA-SHA512', none),
    hash: 'sha512',
    keyKind: 'P-521',
    isFast: false,
  },
  Ed25519: {
    ...identify('1.3.101.112', 'Ed25519', none),
    hash: null,
    keyKind: 'Ed25519',
    isFast: true,
  },
  RS256: {
    ...identify('1.2.840.113549.1.1.11', 'SHA256-RSA', encodedNull),
    hash: 'sha256',
    keyKind: 'RSA',
    isFast: false,
  },
  RS384: {
    ...identify('1.2.840.113549.1.1.12', 'SHA384-RSA', encodedNull),
    hash: 'sha384',
    keyKind: 'RSA',
    isFast: false,
  },
  RS512: {
    ...identify('1.2.840.113549.1.1.13', 'SHA512-RSA', encodedNull),
    hash: 'sha512',
    keyKind: 'RSA',
    isFast: false,
  },
}

const algorithmNames: readonly SignatureAlgorithmName[] = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
]

/** By the hexadecimal digits of the whole AlgorithmIdentifier, so that parameters count too. */
const allowed: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  algorithmNames.map((algorithm) => {
    const { oid, name } = table[algorithm]
    return [toHex(encodeSignatureAlgorithm(algorithm)), { oid, name, algorithm }]
  }),
)

/** Names for algorithms that are shown, never verified. */
const namesOfOthers: ReadonlyMap<string, string> = new Map([
  ...algorithmNames.map((algorithm) => [table[algorithm].oid, table[algorithm].name] as const),
  ['1.2.840.113549.1.1.4', 'MD5-RSA'],
  ['1.2.840.113549.1.1.5', 'SHA1-RSA'],
  ['1.2.840.113549.1.1.10', 'RSASSA-PSS'],
  ['1.2.840.10045.4.1', 'ECDSA-SHA1'],
])

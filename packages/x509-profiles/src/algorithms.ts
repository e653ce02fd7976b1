import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto'
import { assertDer, DerReader, encodeOid, encodeSequence, tags, toHex } from './internal/der.ts'
import {
  encodePssParameters,
  type PssHash,
  pssOid,
  pssParameterForms,
} from './internal/pss-parameters.ts'
import { findPublicKeyKind, type PublicKeyKind } from './public-key.ts'

/**
 * The signature algorithms that this package signs and verifies with, by their COSE names (RFC 9053 §2.1, RFC 8230 §2,
 * RFC 8812 §2). Unlike JOSE's, these bind no curve: `ES256` is ECDSA with SHA-256 on P-256, P-384 or P-521. The salt of
 * `PS256` and the like is as long as the hash.
 */
export type SignatureAlgorithmName = (typeof algorithmNames)[number]

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
 * False, too, when the key is not of the algorithm's type, its curve is not allowed, or an RSA key is below 2048 bits.
 */
export function verifySignature(
  algorithm: SignatureAlgorithmName,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!fits(algorithm, publicKey)) return false
  const { hash } = table[algorithm]
  return verify(hash, message, verificationKeyOf(algorithm, publicKey), signature)
}

/** As {@link verifySignature}; keys that are slow are used off the event loop. */
export async function verifySignatureOffLoop(
  algorithm: SignatureAlgorithmName,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const kind = findPublicKeyKind(publicKey)
  if (kind === undefined || kind === 'P-256' || kind === 'Ed25519') {
    return verifySignature(algorithm, publicKey, message, signature)
  }
  if (!fits(algorithm, publicKey)) return false
  const key = verificationKeyOf(algorithm, publicKey)
  return new Promise((resolve, reject) => {
    verify(table[algorithm].hash, message, key, signature, (error, isValid) => {
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

/**
 * The algorithms that a public key signs with, the usual one of its kind first, as step has it; none for a key that is
 * not allowed.
 */
export function signatureAlgorithmsOf(publicKey: KeyObject): readonly SignatureAlgorithmName[] {
  const kind = findPublicKeyKind(publicKey)
  if (kind === undefined) return []
  const { family, usual } = kinds[kind]
  const others = algorithmNames.filter((name) => name !== usual && table[name].family === family)
  return [usual, ...others]
}

/** step's name of an algorithm, such as `ECDSA-SHA256`. */
export function signatureAlgorithmLabel(algorithm: SignatureAlgorithmName): string {
  return table[algorithm].name
}

function fits(algorithm: SignatureAlgorithmName, publicKey: KeyObject): boolean {
  const kind = findPublicKeyKind(publicKey)
  return kind !== undefined && kinds[kind].family === table[algorithm].family
}

function verificationKeyOf(
  algorithm: SignatureAlgorithmName,
  publicKey: KeyObject,
): KeyObject | VerifyKeyObjectInput {
  return table[algorithm].isPss ? { key: publicKey, ...pssOptions } : publicKey
}

const pssOptions = {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
}

type KeyFamily = 'EC' | 'Ed25519' | 'RSA'

const kinds: Readonly<
  Record<PublicKeyKind, { readonly family: KeyFamily; readonly usual: SignatureAlgorithmName }>
> = {
  'P-256': { family: 'EC', usual: 'ES256' },
  'P-384': { family: 'EC', usual: 'ES384' },
  'P-521': { family: 'EC', usual: 'ES512' },
  Ed25519: { family: 'Ed25519', usual: 'Ed25519' },
  RSA: { family: 'RSA', usual: 'RS256' },
}

interface AlgorithmEntry {
  readonly oid: string
  readonly name: string
  /** The whole AlgorithmIdentifier, as it is written. */
  readonly der: Uint8Array
  /** Each AlgorithmIdentifier that means it. */
  readonly forms: readonly Uint8Array[]
  readonly hash: string | null
  readonly family: KeyFamily
  readonly isPss: boolean
}

const encodedNull = Uint8Array.of(tags.null, 0)

function identifyEcdsa(oid: string, hash: string): AlgorithmEntry {
  const der = encodeSequence(encodeOid(oid))
  const name = `ECDSA-${hash.toUpperCase()}`
  return { oid, name, der, forms: [der], hash, family: 'EC', isPss: false }
}

function identifyRsa(oid: string, hash: string): AlgorithmEntry {
  const der = encodeSequence(encodeOid(oid), encodedNull)
  const name = `${hash.toUpperCase()}-RSA`
  return { oid, name, der, forms: [der], hash, family: 'RSA', isPss: false }
}

function identifyPss(hash: PssHash): AlgorithmEntry {
  const identify = (parameters: Uint8Array): Uint8Array =>
    encodeSequence(encodeOid(pssOid), parameters)
  const der = identify(encodePssParameters(hash))
  const forms = pssParameterForms(hash).map(identify)
  const name = `${hash.toUpperCase()}-RSAPSS`
  return { oid: pssOid, name, der, forms, hash, family: 'RSA', isPss: true }
}

function identifyEd25519(oid: string): AlgorithmEntry {
  const der = encodeSequence(encodeOid(oid))
  return { oid, name: 'Ed25519', der, forms: [der], hash: null, family: 'Ed25519', isPss: false }
}

const algorithmNames = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
] as const

const table: Readonly<Record<SignatureAlgorithmName, AlgorithmEntry>> = {
  ES256: identifyEcdsa('1.2.840.10045.4.3.2', 'sha256'),
  ES384: identifyEcdsa('1.2.840.10045.4.3.3', 'sha384'),
  ES512: identifyEcdsa('1.2.840.10045.4.3.4', 'sha512'),
  Ed25519: identifyEd25519('1.3.101.112'),
  RS256: identifyRsa('1.2.840.113549.1.1.11', 'sha256'),
  RS384: identifyRsa('1.2.840.113549.1.1.12', 'sha384'),
  RS512: identifyRsa('1.2.840.113549.1.1.13', 'sha512'),
  PS256: identifyPss('sha256'),
  PS384: identifyPss('sha384'),
  PS512: identifyPss('sha512'),
}

/** By the hexadecimal digits of the whole AlgorithmIdentifier, so that parameters count too. */
const allowed: ReadonlyMap<string, SignatureAlgorithm> = new Map(
  algorithmNames.flatMap((algorithm) => {
    const { oid, name, forms } = table[algorithm]
    return forms.map((der) => [toHex(der), { oid, name, algorithm }] as const)
  }),
)

/** Names for algorithms that are shown, never verified. RSASSA-PSS has one only with the parameters of the allow-list. */
const namesOfOthers: ReadonlyMap<string, string> = new Map([
  ...algorithmNames.flatMap((algorithm) => {
    const { oid, name, isPss } = table[algorithm]
    return isPss ? [] : [[oid, name] as const]
  }),
  ['1.2.840.113549.1.1.4', 'MD5-RSA'],
  ['1.2.840.113549.1.1.5', 'SHA1-RSA'],
  ['1.2.840.10045.4.1', 'ECDSA-SHA1'],
])

import { createHash, hash, type KeyObject, verify } from 'node:crypto'
import type { ConfigurationRevision } from '@mayfly/db-adapters'

/** What the child of no revision has for its parent's digest. */
export const noParentDigest: Uint8Array = new Uint8Array(32)

/** A revision that is yet to be signed. */
export type UnsignedRevision = Omit<ConfigurationRevision, 'signature'>

/**
 * The octets that the signature of a revision is over: every field with its length before it, so that no two revisions
 * have the same, after a name that nothing else is signed under.
 */
export function encodeSignedOctets(
  revision: UnsignedRevision,
  parentDigest: Uint8Array,
): Uint8Array {
  return encodeFields(['mayfly configuration revision 1', parentDigest, ...fieldsOf(revision)])
}

/**
 * What a child names its parent by (SHA-256). It covers the parent's signature, and by it all that came before.
 */
export function digestRevision(revision: ConfigurationRevision): Uint8Array {
  const octets = encodeFields([
    'mayfly configuration parent 1',
    ...fieldsOf(revision),
    revision.signature,
  ])
  return createHash('sha256').update(octets).digest()
}

/** Names a public key: SHA-256 of its subjectPublicKeyInfo in hexadecimal. */
export function keyIdOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ format: 'der', type: 'spki' }))
}

/** The keys that sign revisions, by their type in node:crypto; the algorithm follows from the key, never from a row. */
const hashByKeyType: ReadonlyMap<string, string | null> = new Map([
  ['ed25519', null],
  ['ec prime256v1', 'sha256'],
])

/** Whether a key, private or public, is of a kind that signs revisions: Ed25519, or ECDSA on P-256. */
export function isConfigurationKey(key: KeyObject): boolean {
  return hashByKeyType.has(describeKeyType(key))
}

/** Whether `signature` is that of a key over `octets`; a key of another kind has none. */
export function verifySignature(
  publicKey: KeyObject,
  { octets, signature }: { readonly octets: Uint8Array; readonly signature: Uint8Array },
): boolean {
  const algorithm = hashByKeyType.get(describeKeyType(publicKey))
  if (algorithm === undefined) return false
  try {
    return verify(algorithm, octets, publicKey, signature)
  } catch {
    return false
  }
}

function describeKeyType({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve } = asymmetricKeyDetails ?? {}
  return namedCurve === undefined ? `${asymmetricKeyType}` : `${asymmetricKeyType} ${namedCurve}`
}

function fieldsOf(revision: UnsignedRevision): readonly string[] {
  const { number, createdAt, author, comment, keyId, document } = revision
  return [`${number}`, `${createdAt.getTime()}`, author, comment, keyId, document]
}

function encodeFields(fields: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const octets = Buffer.from(field)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(octets.length)
      return [length, octets]
    }),
  )
}

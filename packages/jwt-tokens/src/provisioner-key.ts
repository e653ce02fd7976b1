import { createPublicKey, generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { CompactEncrypt } from 'jose'
import { TokenError } from './errors.ts'
import { compactJweOf, decryptJwe, maximumPbkdf2Rounds } from './jwe.ts'
import {
  isPrivateJwk,
  type Jwk,
  jwkThumbprint,
  type PrivateJwk,
  type PublicJwk,
  parseJwk,
  type SecretJwk,
} from './jwk.ts'

/** Both halves of a new provisioner key. */
export interface ProvisionerKey {
  readonly publicJwk: PublicJwk
  readonly privateJwk: PrivateJwk
}

/** How a private key is sealed. */
export interface SealOptions {
  /** PBKDF2 rounds, 600 000 (the default) to {@link maximumPbkdf2Rounds}. */
  readonly rounds?: number | undefined
  /** `compact` (by default) for `encryptedKey` in ca.json, `flattened` JSON for key files. */
  readonly serialization?: 'compact' | 'flattened' | undefined
}

/** Generates an EC P-256 key for ES256, its thumbprint as `kid`, members in step's order. */
export async function generateProvisionerKey(): Promise<ProvisionerKey> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const { x, y, d } = privateKey.export({ format: 'jwk' })
  if (x === undefined || y === undefined || d === undefined) {
    throw new TypeError('a new EC key has no coordinates')
  }
  const kid = jwkThumbprint(createPublicKey(privateKey))
  const publicJwk = { use: 'sig', kty: 'EC', kid, crv: 'P-256', alg: 'ES256', x, y } as const
  return { publicJwk, privateJwk: { ...publicJwk, d } }
}

/**
 * Seals a private key under a password: JWE with PBES2-HS256+A128KW and A256GCM, as step does.
 * The key derivation runs off the event loop.
 *
 * @throws {TypeError} for an empty password, which would protect nothing, for fewer rounds, and for
 * more than could be opened again.
 */
export async function sealPrivateJwk(
  privateJwk: PrivateJwk | SecretJwk,
  password: string | Uint8Array,
  { rounds = minimumPbkdf2Rounds, serialization = 'compact' }: SealOptions = {},
): Promise<string> {
  if (password.length === 0) throw new TypeError('password is empty')
  if (!(rounds >= minimumPbkdf2Rounds && rounds <= maximumPbkdf2Rounds)) {
    const bounds = `${minimumPbkdf2Rounds} to ${maximumPbkdf2Rounds}`
    throw new TypeError(`${rounds} PBKDF2 rounds are not within ${bounds}`)
  }
  const secret = typeof password === 'string' ? Buffer.from(password, 'utf8') : password
  const compact = await new CompactEncrypt(Buffer.from(JSON.stringify(privateJwk), 'utf8'))
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', cty: 'jwk+json', enc: 'A256GCM' })
    .setKeyManagementParameters({ p2c: rounds })
    .encrypt(secret)
  if (serialization === 'compact') return compact
  const [protectedHeader, encryptedKey, iv, ciphertext, tag] = compact.split('.')
  return JSON.stringify(
    { protected: protectedHeader, encrypted_key: encryptedKey, iv, ciphertext, tag },
    undefined,
    2,
  )
}

/**
 * Opens what {@link sealPrivateJwk} or step has sealed, compact or flattened JSON.
 *
 * @throws {TokenError} `key_decryption_failed` for a wrong password; `key_malformed` for what is no
 * such JWE, asks for too many rounds, or holds no private key.
 */
export async function openPrivateJwk(
  jwe: string,
  password: string | Uint8Array,
): Promise<PrivateJwk> {
  const jwk = await openJwk(jwe, password)
  if (!isPrivateJwk(jwk)) throw new TokenError('key_malformed', 'JWE holds no private key')
  return jwk
}

/**
 * As {@link openPrivateJwk}, of a key of any kind.
 *
 * @throws {TokenError} `key_decryption_failed`, `key_malformed`.
 */
export async function openJwk(jwe: string, password: string | Uint8Array): Promise<Jwk> {
  const compact = jwe.trimStart().startsWith('{') ? compactJweOf(jwe) : jwe.trim()
  const plaintext = await decryptJwe(compact, { password })
  return parseJwk(Buffer.from(plaintext).toString('utf8'))
}

const minimumPbkdf2Rounds = 600_000

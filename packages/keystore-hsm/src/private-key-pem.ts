import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { KeystoreError } from './errors.ts'
import { decryptLegacyPem, isLegacyEncrypted } from './internal/legacy-pem.ts'
import { parseOpenSshPrivateKey } from './internal/openssh-private-key.ts'
import { encodePemBlock, type PemBlock, parseOnePemBlock, undecodable } from './internal/pem.ts'
import { keyTypeOf } from './key-type.ts'
import {
  decryptPbes2,
  describeCipher,
  encryptPbes2,
  type Pbes2Parameters,
  type Pbes2WritingCipher,
} from './pbes2.ts'

/** The work of PBKDF2 when a key is written, and the least that may be asked for. */
export const minimumPbkdf2Rounds = 600_000

/** How {@link encodePrivateKeyPem} writes. */
export interface EncodePrivateKeyOptions {
  /** Encrypts the key; without it the key is written in the clear. */
  readonly password?: string | undefined
  /** Default `aes-128-cbc`. */
  readonly cipher?: Pbes2WritingCipher | undefined
  /** PBKDF2's iteration count, {@link minimumPbkdf2Rounds} (the default) or more. */
  readonly rounds?: number | undefined
}

/** What {@link parsePrivateKeyPem} is told beside the text. */
export interface ParsePrivateKeyOptions {
  /** Used if the key is encrypted. */
  readonly password?: string | undefined
  /** The file that messages speak of. */
  readonly name?: string | undefined
}

/**
 * Writes a private key as one PEM block: with a password as PKCS #8 with PBES2 (RFC 5958, RFC 8018),
 * without one in the form step uses: SEC 1 for EC, PKCS #1 for RSA, PKCS #8 for Ed25519.
 *
 * @throws {KeystoreError} `password_missing` when the password is the empty string;
 * `key_type_unsupported`, `key_too_weak`.
 */
export async function encodePrivateKeyPem(
  key: KeyObject,
  options: EncodePrivateKeyOptions = {},
): Promise<string> {
  const type = keyTypeOf(key)
  if (options.password === undefined) {
    return key.export({ format: 'pem', type: plainFormats[type.kty] }).toString()
  }
  if (options.password === '') {
    throw new KeystoreError('password_missing', 'the password to encrypt the key is empty')
  }
  const parameters = drawParameters(options)
  const ciphertext = await encryptPkcs8(key, parameters, options.password)
  const { encodeEncryptedPrivateKeyInfo } = await import('./internal/encrypted-private-key-info.ts')
  return encodePemBlock(
    'ENCRYPTED PRIVATE KEY',
    encodeEncryptedPrivateKeyInfo(parameters, ciphertext),
  )
}

async function encryptPkcs8(
  key: KeyObject,
  parameters: Pbes2Parameters,
  password: string,
): Promise<Uint8Array> {
  const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
  try {
    return await encryptPbes2(parameters, pkcs8, password)
  } finally {
    pkcs8.fill(0)
  }
}

/**
 * Reads a private key from a text with exactly one PEM block: SEC 1, PKCS #1, PKCS #8 or OpenSSH, the
 * first three also encrypted. A password that is not needed is not looked at.
 *
 * @throws {KeystoreError} `key_malformed`, `key_type_unsupported`, `key_too_weak`, `password_missing`
 * when the key is encrypted and no password is given, `key_decryption_failed` when it is the wrong one.
 */
export async function parsePrivateKeyPem(
  text: string,
  { password, name = 'the private key' }: ParsePrivateKeyOptions = {},
): Promise<KeyObject> {
  const block = parseOnePemBlock(text, name)
  const key = isEncrypted(block)
    ? await parseEncrypted(block, password, name)
    : parsePlain(block, name)
  keyTypeOf(key)
  return key
}

/**
 * Tells whether a password is needed to read the text's one PEM block.
 *
 * @throws {KeystoreError} `key_malformed`.
 */
export function isEncryptedPrivateKeyPem(text: string, name = 'the private key'): boolean {
  return isEncrypted(parseOnePemBlock(text, name))
}

function isEncrypted(block: PemBlock): boolean {
  return block.label === 'ENCRYPTED PRIVATE KEY' || isLegacyEncrypted(block)
}

function parsePlain(block: PemBlock, name: string): KeyObject {
  if (block.label === 'OPENSSH PRIVATE KEY') return parseOpenSshPrivateKey(block.octets, name)
  try {
    return createPrivateKey(derOf(block, block.octets, name))
  } catch (cause) {
    if (cause instanceof KeystoreError) throw cause
    throw new KeystoreError('key_malformed', `error parsing ${name}: not a ${block.label}`, {
      cause,
    })
  }
}

async function parseEncrypted(
  block: PemBlock,
  password: string | undefined,
  name: string,
): Promise<KeyObject> {
  if (password === undefined || password === '') {
    throw new KeystoreError('password_missing', `${name} is encrypted and no password was given`)
  }
  const plaintext = await decrypt(block, password, name)
  try {
    return createPrivateKey(derOf(block, plaintext, name))
  } catch (cause) {
    if (cause instanceof KeystoreError) throw cause
    // CBC padding comes out right by chance for one wrong password in 256.
    throw passwordIncorrect(name, cause)
  } finally {
    plaintext.fill(0)
  }
}

async function decrypt(block: PemBlock, password: string, name: string): Promise<Uint8Array> {
  try {
    if (isLegacyEncrypted(block)) return decryptLegacyPem(block, password, name)
    const { parseEncryptedPrivateKeyInfo } = await import(
      './internal/encrypted-private-key-info.ts'
    )
    const { parameters, ciphertext } = parseEncryptedPrivateKeyInfo(block.octets)
    return await decryptPbes2(parameters, ciphertext, password)
  } catch (cause) {
    if (!(cause instanceof KeystoreError)) throw cause
    if (cause.code === 'key_decryption_failed') throw passwordIncorrect(name, cause)
    throw new KeystoreError(cause.code, `error decrypting ${name}: ${cause.message}`, {
      cause,
      ...(cause.hint !== undefined && { hint: cause.hint }),
    })
  }
}

function derOf(
  block: PemBlock,
  octets: Uint8Array,
  name: string,
): { key: Buffer; format: 'der'; type: 'sec1' | 'pkcs1' | 'pkcs8' } {
  const type = derFormats.get(block.label)
  if (type === undefined) {
    throw undecodable(name, `contains an unexpected header '${block.label}'`)
  }
  return { key: Buffer.from(octets.buffer, octets.byteOffset, octets.length), format: 'der', type }
}

function drawParameters({
  cipher = 'aes-128-cbc',
  rounds = minimumPbkdf2Rounds,
}: EncodePrivateKeyOptions): Pbes2Parameters {
  if (rounds < minimumPbkdf2Rounds) {
    throw new TypeError(`${rounds} PBKDF2 rounds are fewer than ${minimumPbkdf2Rounds}`)
  }
  const iv = randomBytes(describeCipher(cipher).ivLength)
  return { salt: randomBytes(16), rounds, hash: 'sha256', cipher, iv }
}

function passwordIncorrect(name: string, cause: unknown): KeystoreError {
  return new KeystoreError(
    'key_decryption_failed',
    `error decrypting ${name}: x509: decryption password incorrect`,
    { cause },
  )
}

const plainFormats = { EC: 'sec1', OKP: 'pkcs8', RSA: 'pkcs1' } as const

const derFormats: ReadonlyMap<string, 'sec1' | 'pkcs1' | 'pkcs8'> = new Map([
  ['EC PRIVATE KEY', 'sec1'],
  ['RSA PRIVATE KEY', 'pkcs1'],
  ['PRIVATE KEY', 'pkcs8'],
  ['ENCRYPTED PRIVATE KEY', 'pkcs8'],
])

import { createCipheriv, createDecipheriv, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { KeystoreError } from './errors.ts'

/** PBES2 (RFC 8018 §6.2): PBKDF2 makes the key, a block cipher in CBC mode does the rest. */
export interface Pbes2Parameters {
  readonly salt: Uint8Array
  /** PBKDF2's iteration count, 1 to {@link maximumPbkdf2Rounds}. */
  readonly rounds: number
  /** The hash of PBKDF2's HMAC. */
  readonly hash: Pbes2Hash
  readonly cipher: Pbes2Cipher
  readonly iv: Uint8Array
}

/** Hashes of PBKDF2's HMAC that files are read with; they are written with `sha256`. */
export type Pbes2Hash = 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** What files are written with. */
export type Pbes2WritingCipher = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc'

/** The two DES forms are for reading old files. */
export type Pbes2Cipher = Pbes2WritingCipher | 'des-cbc' | 'des-ede3-cbc'

/** A file that asks for more is refused before any work is done: some ten seconds of one core. */
export const maximumPbkdf2Rounds = 10_000_000

const deriveKey = promisify(pbkdf2)

/**
 * Encrypts with parameters the caller chose; {@link encodePrivateKeyPem} chooses them well.
 *
 * @throws {KeystoreError} `key_malformed` when the parameters do not fit together.
 */
export async function encryptPbes2(
  parameters: Pbes2Parameters,
  plaintext: Uint8Array,
  password: string | Uint8Array,
): Promise<Uint8Array> {
  const { name, key } = await deriveCipherKey(parameters, password)
  const cipher = createCipheriv(name, key, parameters.iv)
  return Buffer.concat([cipher.update(plaintext), cipher.final()])
}

/**
 * Decrypts off the event loop. The cipher has no integrity check: about one wrong password in 256
 * passes for right here, so the caller must check what came out.
 *
 * @throws {KeystoreError} `key_malformed` for parameters that do not fit together or ask for too many
 * rounds, `key_decryption_failed` for a wrong password or damaged ciphertext.
 */
export async function decryptPbes2(
  parameters: Pbes2Parameters,
  ciphertext: Uint8Array,
  password: string | Uint8Array,
): Promise<Uint8Array> {
  const { name, key } = await deriveCipherKey(parameters, password)
  return decryptCbc({ name, key, iv: parameters.iv }, ciphertext)
}

/** @throws {KeystoreError} `key_decryption_failed` when the padding (RFC 8018 §6.1.1) is wrong. */
export function decryptCbc(
  { name, key, iv }: { name: string; key: Uint8Array; iv: Uint8Array },
  ciphertext: Uint8Array,
): Uint8Array {
  const decipher = createDecipheriv(name, key, iv)
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()])
  } catch (cause) {
    throw new KeystoreError('key_decryption_failed', 'x509: decryption password incorrect', {
      cause,
    })
  }
}

/** Length of key and IV in octets, and the cipher of node:crypto that does it. */
export function describeCipher(cipher: Pbes2Cipher): CipherDescription {
  return ciphers[cipher]
}

/**
 * The key as node:crypto wants it. OpenSSL 3 dropped single DES; it is triple DES with three equal keys.
 */
export function nodeCipherKey(cipher: Pbes2Cipher, key: Uint8Array): Uint8Array {
  return cipher === 'des-cbc' ? Buffer.concat([key, key, key]) : key
}

async function deriveCipherKey(
  { salt, rounds, hash, cipher, iv }: Pbes2Parameters,
  password: string | Uint8Array,
): Promise<{ name: string; key: Uint8Array }> {
  const { nodeName, keyLength, ivLength } = describeCipher(cipher)
  if (!Number.isSafeInteger(rounds) || rounds < 1 || rounds > maximumPbkdf2Rounds) {
    throw malformed(`PBKDF2 iteration count ${rounds} is not within 1 and ${maximumPbkdf2Rounds}`)
  }
  if (iv.length !== ivLength) {
    throw malformed(`the IV of ${cipher} has ${iv.length} octets, not ${ivLength}`)
  }
  const key = await deriveKey(password, salt, rounds, keyLength, hash)
  return { name: nodeName, key: nodeCipherKey(cipher, key) }
}

function malformed(message: string): KeystoreError {
  return new KeystoreError('key_malformed', message)
}

/** A cipher as node:crypto knows it; lengths in octets. */
export interface CipherDescription {
  readonly nodeName: string
  readonly keyLength: number
  readonly ivLength: number
}

const ciphers: Record<Pbes2Cipher, CipherDescription> = {
  'aes-128-cbc': { nodeName: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  'aes-192-cbc': { nodeName: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  'aes-256-cbc': { nodeName: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  'des-ede3-cbc': { nodeName: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
  'des-cbc': { nodeName: 'des-ede3-cbc', keyLength: 8, ivLength: 8 },
}

import { createHash } from 'node:crypto'
import { KeystoreError } from '../errors.ts'
import { decryptCbc, describeCipher, nodeCipherKey, type Pbes2Cipher } from '../pbes2.ts'
import { type PemBlock, undecodable } from './pem.ts'

/** Whether the block is encrypted by its headers (RFC 1421 §4.6.1.1), as `step ca init` writes keys. */
export function isLegacyEncrypted(block: PemBlock): boolean {
  return block.headers.get('Proc-Type')?.replaceAll(' ', '') === '4,ENCRYPTED'
}

/**
 * Decrypts such a block. The key comes from one round of MD5: these files are read, never written.
 *
 * @throws {KeystoreError} `key_malformed`, `key_type_unsupported` or `key_decryption_failed`.
 */
export function decryptLegacyPem(block: PemBlock, password: string, name: string): Uint8Array {
  const dekInfo = block.headers.get('DEK-Info') ?? ''
  const [cipherName = '', ivText = ''] = dekInfo.split(',').map((part) => part.trim())
  const cipher = ciphers.get(cipherName.toUpperCase())
  if (cipher === undefined) {
    throw new KeystoreError(
      'key_type_unsupported',
      `error decrypting ${name}: DEK-Info '${cipherName}' is not supported`,
      { hint: `Supported are ${[...ciphers.keys()].join(', ')}.` },
    )
  }
  const { nodeName, keyLength, ivLength } = describeCipher(cipher)
  const iv = Buffer.from(ivText, 'hex')
  if (iv.length !== ivLength || ivText.length !== 2 * ivLength) {
    throw undecodable(name, `the IV in DEK-Info is not ${ivLength} octets of hex`)
  }
  const key = deriveKey(password, iv.subarray(0, 8), keyLength)
  return decryptCbc({ name: nodeName, key: nodeCipherKey(cipher, key), iv }, block.octets)
}

/** OpenSSL's EVP_BytesToKey with MD5 and one iteration. */
function deriveKey(password: string, salt: Uint8Array, length: number): Uint8Array {
  let key = Buffer.alloc(0)
  let digest = Buffer.alloc(0)
  while (key.length < length) {
    digest = createHash('md5').update(digest).update(password, 'utf8').update(salt).digest()
    key = Buffer.concat([key, digest])
  }
  return key.subarray(0, length)
}

const ciphers: ReadonlyMap<string, Pbes2Cipher> = new Map([
  ['DES-CBC', 'des-cbc'],
  ['DES-EDE3-CBC', 'des-ede3-cbc'],
  ['AES-128-CBC', 'aes-128-cbc'],
  ['AES-192-CBC', 'aes-192-cbc'],
  ['AES-256-CBC', 'aes-256-cbc'],
])

import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isEncryptedPrivateKeyPem, KeystoreError, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { type Certificate, publicKeyOf } from '@mayfly/x509-profiles'
import { describeFileError, HostError, prefixOf } from './errors.ts'

/** A private key and how its file kept it. */
export interface LoadedKey {
  readonly privateKey: KeyObject
  readonly isEncrypted: boolean
}

/**
 * Reads a private key; `findPassword` is asked only if the key is encrypted. A refusal to open the file names the
 * `member` of `ca.json` that named it.
 *
 * @throws {HostError} `key_unreadable` or `key_decryption_failed`.
 */
export async function loadKey(
  path: string,
  findPassword: () => Promise<string | undefined>,
  { member }: { member?: string } = {},
): Promise<LoadedKey> {
  const text = await read(path, member)
  try {
    const isEncrypted = isEncryptedPrivateKeyPem(text, path)
    const password = isEncrypted ? await findPassword() : undefined
    return { privateKey: await parsePrivateKeyPem(text, { password, name: path }), isEncrypted }
  } catch (cause) {
    if (!(cause instanceof KeystoreError)) throw cause
    const isPassword = cause.code === 'key_decryption_failed' || cause.code === 'password_missing'
    const code = isPassword ? 'key_decryption_failed' : 'key_unreadable'
    throw new HostError(code, cause.message, { cause, hint: cause.hint })
  }
}

/**
 * Verifies that a private key is the one that a certificate is for.
 *
 * @throws {HostError} `key_mismatch`.
 */
export function verifyKeyMatches(
  key: { readonly path: string; readonly privateKey: KeyObject },
  certificate: { readonly path: string; readonly certificate: Certificate },
): void {
  if (createPublicKey(key.privateKey).equals(publicKeyOf(certificate.certificate))) return
  throw new HostError(
    'key_mismatch',
    `the private key in ${key.path} is not that of the certificate in ${certificate.path}`,
    { hint: 'name the key that belongs to the certificate' },
  )
}

async function read(path: string, member: string | undefined): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = describeFileError(cause)
    const message = `${prefixOf(member)}open ${path} failed: ${reason}`
    throw new HostError('key_unreadable', message, { cause })
  }
}

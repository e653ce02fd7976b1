import type { Jwk, PrivateJwk, SecretJwk } from '@mayfly/jwt-tokens'
import { isEncryptedPrivateKeyPem, KeystoreError } from '@mayfly/keystore-hsm'
import { CommandError } from '../framework/errors.ts'

/** What a key file holds: PEM, a JSON Web Key in the clear, or one sealed as JWE. */
export type KeyTextKind = 'pem' | 'jwk' | 'jwe'

/**
 * Tells by its text what a key file holds.
 *
 * @throws {CommandError} `key_unfit` when it is none of the three.
 */
export function kindOfKeyText(text: string, path: string): KeyTextKind {
  if (text.includes('-----BEGIN ')) return 'pem'
  if (/^\s*\{/.test(text)) {
    if (/"kty"\s*:/.test(text)) return 'jwk'
    if (/"ciphertext"\s*:/.test(text)) return 'jwe'
  }
  if (/^\s*[\w-]+(\.[\w-]*){4}\s*$/.test(text)) return 'jwe'
  throw new CommandError('key_unfit', `error reading ${path}: unsupported format`)
}

/** Whether a JWK holds a private part. */
export function isPrivateJwk(jwk: Jwk): jwk is PrivateJwk {
  return 'd' in jwk && typeof jwk.d === 'string'
}

/** Whether a JWK is a secret that both sides know. */
export function isSecretJwk(jwk: Jwk): jwk is SecretJwk {
  return jwk.kty === 'oct'
}

/** Whether a PEM key wants a password; what is no key at all is left to its parser, which names the file. */
export function wantsPassword(pem: string): boolean {
  try {
    return isEncryptedPrivateKeyPem(pem)
  } catch (error) {
    if (error instanceof KeystoreError) return false
    throw error
  }
}

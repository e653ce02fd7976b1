import { hash } from 'node:crypto'

/** Whose key signed a token. */
interface KeyHolder {
  readonly subjectPublicKeyInfo: Uint8Array
}

/**
 * Names the maker of a token that a certificate vouches for: the holder of its key. A `jti` is its maker's choice, and must
 * not spend the token of another holder that has chosen the same.
 */
export function credentialHolder(provisionerId: string, holder: KeyHolder): string {
  return `${provisionerId}/${hash('sha256', holder.subjectPublicKeyInfo)}`
}

/**
 * Names the maker of a renewal token: the holder of the certificate's key. Its `jti` is the holder's choice, and must not
 * spend the token of another holder, or of a provisioner, that has chosen the same.
 */
export function renewalHolder(holder: KeyHolder): string {
  return `renewal/${hash('sha256', holder.subjectPublicKeyInfo)}`
}

import { constants, type KeyObject } from 'node:crypto'
import { keyTypeOf } from '@mayfly/keystore-hsm'
import { CommandError } from '../../../framework/errors.ts'

/** What `node:crypto` signs and verifies with. */
export interface KeySignatureAlgorithm {
  /** `null` for Ed25519, which hashes by itself. */
  readonly hash: string | null
  readonly options: { readonly padding?: number; readonly saltLength?: number }
}

/** The flags that say how an RSA key signs; the other keys leave no choice. */
export const signatureFlags = {
  alg: {
    type: 'text',
    value: 'algorithm',
    options: ['sha256', 'sha384', 'sha512', 'sha512-224', 'sha512-256'],
    help: 'The hash for RSA: sha256 (default), sha384, sha512, sha512-224 or sha512-256. The others leave no choice.',
  },
  pss: { type: 'boolean', help: 'Use RSA-PSS.' },
} as const

/**
 * The algorithm that a key signs with: ECDSA with the hash of the curve's size, Ed25519, or RSA as the flags say. SHA-1,
 * SHA-224 and MD5 are not allowed.
 *
 * @throws {CommandError} `flag_invalid`
 * @throws {KeystoreError} `key_type_unsupported`, `key_too_weak`
 */
export function signatureAlgorithmOf(
  key: KeyObject,
  { alg = 'sha256', pss }: { readonly alg: string | undefined; readonly pss: boolean },
  saltLength: number,
): KeySignatureAlgorithm {
  const type = keyTypeOf(key)
  switch (type.kty) {
    case 'EC':
      return { hash: hashByCurve[type.crv], options: {} }
    case 'OKP':
      return { hash: null, options: {} }
    case 'RSA': {
      const hash = alg.toLowerCase()
      if (!signatureFlags.alg.options.some((each) => each === hash)) {
        throw new CommandError('flag_invalid', `unsupported algorithm ${alg}`)
      }
      const options = pss
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
        : { padding: constants.RSA_PKCS1_PADDING }
      return { hash, options }
    }
  }
}

const hashByCurve = { 'P-256': 'sha256', 'P-384': 'sha384', 'P-521': 'sha512' } as const

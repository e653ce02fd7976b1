import type { KeyObject } from 'node:crypto'
import {
  type SignatureAlgorithmName,
  signatureAlgorithmLabel,
  signatureAlgorithmsOf,
} from './algorithms.ts'
import { ProfileError } from './errors.ts'

/** A private key that signs, wherever it lives. Keys of `@mayfly/keystore-hsm` fit. */
export interface Signer {
  readonly algorithm: SignatureAlgorithmName
  /** The public half, as node:crypto has it. */
  readonly publicKey: KeyObject
  /** Signs `message` unhashed; ECDSA signatures come back as DER. */
  sign(message: Uint8Array): Promise<Uint8Array>
  /**
   * The same key with another algorithm, `undefined` where it does not sign with that. A signer without this signs with
   * its `algorithm` only.
   */
  withAlgorithm?(algorithm: SignatureAlgorithmName): Signer | undefined
}

/**
 * The signer's key with a chosen algorithm, with its own when none is chosen.
 *
 * @throws {ProfileError} `algorithm_unsupported` when it does not sign with that.
 */
export function chooseSigner(signer: Signer, chosen: SignatureAlgorithmName | undefined): Signer {
  if (chosen === undefined || chosen === signer.algorithm) return signer
  const found = signer.withAlgorithm?.(chosen)
  if (found?.algorithm === chosen) return found
  const usable = signatureAlgorithmsOf(signer.publicKey)
    .filter((name) => name === signer.algorithm || signer.withAlgorithm?.(name) !== undefined)
    .map(signatureAlgorithmLabel)
  throw new ProfileError(
    'algorithm_unsupported',
    `the issuing key does not sign with ${signatureAlgorithmLabel(chosen)}`,
    { hint: `It signs with ${usable.join(', ')}.` },
  )
}

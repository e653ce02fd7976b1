import type { KeyObject } from 'node:crypto'
import type { SignatureAlgorithmName } from './algorithms.ts'

/** A private key that signs, wherever it lives. Keys of `@mayfly/keystore-hsm` fit. */
export interface Signer {
  readonly algorithm: SignatureAlgorithmName
  /** The public half, as node:crypto has it. */
  readonly publicKey: KeyObject
  /** Signs `message` unhashed; ECDSA signatures come back as DER. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

export { KeystoreError, type KeystoreErrorCode } from './errors.ts'
export {
  type EllipticCurve,
  generatePrivateKey,
  type KeyType,
  keyTypeOf,
} from './key-type.ts'
export {
  decryptPbes2,
  encryptPbes2,
  maximumPbkdf2Rounds,
  type Pbes2Cipher,
  type Pbes2Hash,
  type Pbes2Parameters,
  type Pbes2WritingCipher,
} from './pbes2.ts'
export {
  type EncodePrivateKeyOptions,
  encodePrivateKeyPem,
  isEncryptedPrivateKeyPem,
  minimumPbkdf2Rounds,
  type ParsePrivateKeyOptions,
  parsePrivateKeyPem,
} from './private-key-pem.ts'
export { createSigner, type SignatureAlgorithmName, type Signer } from './signer.ts'

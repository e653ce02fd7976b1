export { KeystoreError, type KeystoreErrorCode } from './errors.ts'
export { describeFileError } from './file-error.ts'
export {
  type EllipticCurve,
  generatePrivateKey,
  type KeyType,
  keyTypeOf,
} from './key-type.ts'
export { encodeOpenSshPrivateKey } from './openssh-key-file.ts'
export { generatePassword, loadPasswordFile } from './password.ts'
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
  type ChangePasswordOptions,
  changePassword,
  loadPrivateKey,
  type WritePrivateKeyOptions,
  writePrivateKey,
} from './private-key-file.ts'
export {
  type EncodePrivateKeyOptions,
  encodePrivateKeyPem,
  isEncryptedPrivateKeyPem,
  minimumPbkdf2Rounds,
  type ParsePrivateKeyOptions,
  parsePrivateKeyPem,
} from './private-key-pem.ts'
export { createSigner, type SignatureAlgorithmName, type Signer } from './signer.ts'
export {
  encodeSshPublicKey,
  isSshPublicKey,
  parseSshPublicKey,
  sshTypeOf,
} from './ssh-public-key.ts'
export { syncFolder } from './sync-folder.ts'
export { type WriteFileWholeOptions, writeFileWhole } from './whole-file.ts'

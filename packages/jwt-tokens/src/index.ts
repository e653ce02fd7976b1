export type { MacAlgorithm, SignatureAlgorithm } from './algorithms.ts'
export { matchAudience } from './audience.ts'
export type { OneTimeTokenClaims, RegisteredClaims } from './claims.ts'
export {
  type Ambient,
  createOneTimeToken,
  createRenewalToken,
  type OneTimeTokenOptions,
  type RenewalTokenOptions,
} from './create-token.ts'
export {
  type ContentEncryptionAlgorithm,
  contentEncryptionAlgorithms,
  type EncryptionKey,
  type EncryptJweOptions,
  encryptJwe,
  isPasswordJwe,
  type KeyManagementAlgorithm,
  keyManagementAlgorithms,
} from './encrypt-jwe.ts'
export { TokenError, type TokenErrorCode } from './errors.ts'
export { inspectJwt } from './inspect-jwt.ts'
export { decodeBase64url } from './internal/base64url.ts'
export {
  isJsonObject,
  type JsonObject,
  JsonSyntaxError,
  parseJsonObject,
} from './internal/json.ts'
export { compactSerializationOf, flattenedOf, toggleSerialization } from './jose-serialization.ts'
export { type DecryptionKey, decryptJwe, maximumPbkdf2Rounds } from './jwe.ts'
export {
  type Jwk,
  type JwkSet,
  jwkThumbprint,
  type PrivateJwk,
  type PublicJwk,
  parseJwk,
  parseJwkSet,
  publicJwkOf,
  type SecretJwk,
} from './jwk.ts'
export { type Jws, type JwsHeader, maximumTokenLength, parseJws, verifyJws } from './jws.ts'
export {
  formatJwsJson,
  readJws,
  type SignJwsOptions,
  signJws,
  type VerifyJwsOptions,
  verifyJwsText,
} from './jws-tools.ts'
export {
  generateProvisionerKey,
  openJwk,
  openPrivateJwk,
  type ProvisionerKey,
  type SealOptions,
  sealPrivateJwk,
} from './provisioner-key.ts'
export { type SignJwtOptions, signJwt } from './sign-jwt.ts'
export type { SigningKey } from './signing-key.ts'
export { type ParsedToken, parseToken, tokenIdentity } from './token.ts'
export {
  importVerificationKey,
  type VerificationKey,
  type VerificationKeyOptions,
} from './verification-key.ts'
export { type VerifyJwtOptions, verifyJwt } from './verify-jwt.ts'
export {
  type ExpectedRenewalToken,
  type ExpectedToken,
  type TokenTimeLimits,
  type VerifiedToken,
  verifyRenewalToken,
  verifyToken,
} from './verify-token.ts'

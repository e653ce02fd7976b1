export {
  type SignatureAlgorithm,
  type SignatureAlgorithmName,
  signatureAlgorithmsOf,
  verifySignature,
} from './algorithms.ts'
export {
  type Certificate,
  type CertificateFields,
  certificateFingerprint,
  encodeCertificatePem,
  equalCertificates,
  parseCertificate,
  parseCertificatePem,
  parseTbsCertificate,
  publicKeyOf,
  verifyCertificateSignature,
} from './certificate.ts'
export {
  type CertificateContents,
  type ChosenNameConstraints,
  subjectAltNamesOf,
} from './certificate-contents.ts'
export {
  type CertificationRequest,
  type CertificationRequestOptions,
  createCertificationRequest,
  createTemplatedRequest,
  encodeCertificationRequestPem,
  parseCertificationRequest,
  parseCertificationRequestPem,
  verifyCertificationRequest,
} from './certification-request.ts'
export { formatDuration, parseDuration } from './duration.ts'
export { ProfileError, type ProfileErrorCode } from './errors.ts'
export { type BasicConstraints, type Extension, type KeyUsage, keyUsages } from './extensions.ts'
export { type GeneralName, type GeneralNameType, guessGeneralName } from './general-name.ts'
export { encodeJson, type JsonValue } from './inspect/encode-json.ts'
export { certificateToJson } from './inspect/json.ts'
export { certificationRequestToJson } from './inspect/request-json.ts'
export { formatCertificateShort, formatCertificationRequestShort } from './inspect/short.ts'
export { formatCertificateText, formatCertificationRequestText } from './inspect/text.ts'
export type { AnyGeneralName } from './internal/any-general-name.ts'
export { encodeElement, encodeInteger, encodeOid, encodeSequence } from './internal/der.ts'
export { parseIpAddress } from './internal/ip-address.ts'
export {
  type Ambient,
  type IssuanceRequest,
  issue,
  issueRoot,
  issueTemplated,
  issueTemplatedRoot,
  type ReissuanceRequest,
  reissue,
  type TemplatedIssuanceRequest,
} from './issue.ts'
export type { Issuer } from './issuer.ts'
export {
  findIssuingPaths,
  type IssuingPath,
  verifyNameConstraints,
} from './issuing-path.ts'
export { type LintResult, lintCertificate } from './lint/lint.ts'
export {
  createName,
  createNameOf,
  type DistinguishedName,
  findCommonName,
  formatName,
  isEmptyName,
  type NameAttribute,
  type NameFields,
  parseName,
} from './name.ts'
export type { NameHolder } from './name-constraints.ts'
export { type PathOptions, verifyCertificatePath } from './path.ts'
export { PathError, type PathFailure } from './path-error.ts'
export type { PathUsage } from './path-rules.ts'
export { encodePem, type PemBlock, parsePem } from './pem.ts'
export {
  type IntermediateProfile,
  intermediateProfile,
  type LeafProfile,
  leafProfile,
  type Profile,
  type RootProfile,
  rootProfile,
  type TemplatedProfile,
} from './profile.ts'
export type { ProvisionerExtension } from './provisioner-extension.ts'
export { parseSubjectPublicKeyInfo } from './public-key.ts'
export { type RequestedUsages, requestedUsagesOf } from './requested-usages.ts'
export { drawSerialNumber, type RandomBytes, type SerialNumber } from './serial-number.ts'
export type { Signer } from './signer.ts'
export { parseTime, parseTimeOrDuration, type Validity } from './validity.ts'

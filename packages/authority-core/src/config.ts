export { acmeMemberNames } from './config/acme-members.ts'
export type {
  AuthorityConfiguration,
  CaConfiguration,
  DatabaseConfiguration,
  SubjectTemplate,
  TlsConfiguration,
} from './config/ca-configuration.ts'
export { defaultTls } from './config/ca-schema.ts'
export {
  type ClaimsConfiguration,
  findClaimsProblem,
  type ResolvedClaims,
  resolveClaims,
} from './config/claims.ts'
export { encodeCaConfiguration } from './config/encode.ts'
export {
  ConfigurationError,
  type ConfigurationErrorCode,
  type ConfigurationProblem,
} from './config/errors.ts'
export { isJsonObject, type JsonObject } from './config/json.ts'
export type { MayflyConfiguration, RetentionConfiguration } from './config/mayfly-members.ts'
export { parseCaConfiguration } from './config/parse-ca-configuration.ts'
export { parseFileConfiguration, parseJoinedConfiguration } from './config/parse-parts.ts'
export type { NameRules, PolicyConfiguration } from './config/policy.ts'
export type {
  JwkProvisionerConfiguration,
  ProvisionerConfiguration,
  SupportedProvisioner,
  UnsupportedProvisioner,
  X5cProvisionerConfiguration,
} from './config/provisioner.ts'
export {
  type ConfigurationParts,
  joinConfiguration,
  listTemplateFiles,
  splitConfiguration,
} from './config/shared-part.ts'

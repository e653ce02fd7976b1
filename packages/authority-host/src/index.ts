export { type EditConfigurationOptions, editConfiguration } from './edit-configuration.ts'
export { HostError, type HostErrorCode } from './errors.ts'
export {
  type ExistingRoot,
  type InitialisedPki,
  type InitialisePkiOptions,
  initialisePki,
  type PkiProgress,
  type ServerOptions,
} from './initialise-pki.ts'
export {
  type AuthorityHost,
  type OpenAuthorityOptions,
  openAuthority,
  type PreparedReload,
} from './open-authority.ts'
export { type Explainer, type OpenExplainerOptions, openExplainer } from './open-explainer.ts'
export { type PkiLayout, pkiLayout } from './pki-layout.ts'

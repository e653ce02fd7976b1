export type { AuthorityHost, OpenAuthorityOptions, PreparedReload } from './authority-host.ts'
export { type EditConfigurationOptions, editConfiguration } from './edit-configuration.ts'
export {
  type EffectiveConfiguration,
  loadEffectiveConfiguration,
} from './effective-configuration.ts'
export { HostError, type HostErrorCode } from './errors.ts'
export { type ImportHistoryOptions, importHistory } from './import-history/import-history.ts'
export type {
  ImportRefusal,
  ImportReport,
  ImportTableReport,
} from './import-history/import-report.ts'
export type { ImportProgress } from './import-history/import-table.ts'
export {
  type ExistingRoot,
  type InitialisedPki,
  type InitialisePkiOptions,
  initialisePki,
  type PkiProgress,
  type ServerOptions,
} from './initialise-pki.ts'
export { openAuthority } from './open-authority.ts'
export {
  type DatabaseView,
  findConfigurationRefusal,
  inspectDatabase,
  isHistoryImported,
  loadRetentionRules,
  makeDatabase,
  type OpenedDatabase,
  openDatabase,
  retentionRulesOf,
} from './open-database.ts'
export { type Explainer, type OpenExplainerOptions, openExplainer } from './open-explainer.ts'
export {
  createPeriodicWork,
  type PeriodicWork,
  type PeriodicWorkEvent,
  type PeriodicWorkOptions,
} from './periodic-work.ts'
export { type PkiLayout, pkiLayout } from './pki-layout.ts'
export {
  type ConfigurationKeyPaths,
  type CreateConfigurationKeyOptions,
  type CreatedConfigurationKey,
  configurationKeyPaths,
  createConfigurationKey,
} from './revisions/configuration-key.ts'
export {
  type ExportConfigurationOptions,
  type ExportedConfiguration,
  exportConfiguration,
} from './revisions/export-configuration.ts'
export {
  type ImportConfigurationOptions,
  type ImportedConfiguration,
  importConfiguration,
  proveImport,
} from './revisions/import-configuration.ts'
export { findNewestRevision } from './revisions/newest-revision.ts'
export { openSharedConfiguration } from './revisions/open-shared-configuration.ts'
export type { RevisionEvent } from './revisions/revision-follower.ts'
export type {
  OpenSharedConfigurationOptions,
  RevisionDraft,
  RevisionEntry,
  SharedConfiguration,
  TrustedRevision,
} from './revisions/shared-configuration.ts'

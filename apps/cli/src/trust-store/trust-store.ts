import type { TrustAnchor } from './trust-anchor.ts'

/** A place where roots are trusted. */
export interface TrustStore {
  /** @throws {CommandError} `child_failed`, `file_unwritable` */
  install(anchor: TrustAnchor): Promise<void>
  /** @throws {CommandError} `trust_store_unfit` when the root is not there; `child_failed`, `file_unwritable` */
  uninstall(anchor: TrustAnchor): Promise<void>
}

import type { Authority } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import type { HostError } from './errors.ts'
import type { PasswordSource } from './password-finder.ts'
import type { SetTimer } from './revisions/poll.ts'
import type { RevisionEvent } from './revisions/revision-follower.ts'

/** Where an authority is opened from. */
export interface OpenAuthorityOptions extends PasswordSource {
  /** The `ca.json`. Relative names in it are relative to the working directory. */
  readonly configurationPath: string
  /** Starts with an empty database beside the data of step-ca: what it revoked counts as valid again. */
  readonly discardHistory?: boolean
  /** Told what becomes of a configuration that is kept in the database. */
  readonly onRevision?: (event: RevisionEvent) => void
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** An authority in operation, with the store it keeps and the configuration it was opened from. */
export interface AuthorityHost extends AsyncDisposable {
  /**
   * The authority of the configuration in force; another one after each {@link AuthorityHost.reload}. Where the
   * configuration is kept in the database, it goes by the newest revision, whichever that is at the time.
   */
  readonly authority: Authority
  readonly configuration: CaConfiguration
  readonly store: Store
  /** The revision of the shared configuration in force; `undefined` where the file holds everything. */
  readonly revision: number | undefined
  /** The newest revision that was seen: another than the one in force where that was refused. */
  readonly newestRevision: number | undefined
  /** Why the newest revision is not followed, if it is not: nothing is issued meanwhile. */
  readonly revisionRefusal: HostError | undefined
  /**
   * Looks for a newer revision now, verifies and proves it, and puts it into force; tells whether there was one. One that is
   * refused is told to `onRevision`.
   *
   * @throws {StoreError} when the database does not answer.
   */
  followRevision(): Promise<boolean>
  /** Looks four times a second until it is stopped, or the host closed. */
  startFollowing(options: { readonly setTimer: SetTimer }): { stop(): void }
  /**
   * Reads the configuration and its files again, without using them: nothing changes before {@link PreparedReload.commit}.
   * The store stays, with its memory of spent tokens, and tokens made before the reload stay good. So does the revision of
   * the shared configuration.
   *
   * @throws {HostError} when anything is wrong with the new configuration.
   */
  prepareReload(): Promise<PreparedReload>
  /**
   * Prepares a reload and commits it.
   *
   * @throws {HostError} when anything is wrong with the new configuration; the authority in operation then stays.
   */
  reload(): Promise<void>
  /** Closes the store. May be called again. */
  close(): Promise<void>
}

/** A configuration that was read and proven, and is not yet in force. */
export interface PreparedReload {
  readonly authority: Authority
  readonly configuration: CaConfiguration
  /** Puts it into force, unless one that was read later is. Never fails. */
  commit(): void
}

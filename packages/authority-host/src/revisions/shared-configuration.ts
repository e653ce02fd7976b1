import type { CaConfiguration, JsonObject } from '@mayfly/authority-core/config'

/** A revision whose signature was verified. */
export interface TrustedRevision {
  readonly number: number
  /** The shared part: a partial `ca.json`. */
  readonly document: JsonObject
  /** The document as it was signed. */
  readonly text: string
  readonly author: string
  readonly comment: string
  readonly createdAt: Date
  /** Which of the trusted keys has signed it. */
  readonly keyId: string
}

/** A line of the history. */
export interface RevisionEntry extends Omit<TrustedRevision, 'document' | 'text'> {
  /** Why the revision is not believed; absent when it is. */
  readonly problem?: string
}

/** What a new revision is to be. */
export interface RevisionDraft {
  /** The number of the revision that the document was made from; 0 for the first. */
  readonly parent: number
  readonly document: JsonObject
  /** Who makes it, in words: 1 to 200 characters. */
  readonly author: string
  /** Why: at most 1,000 characters. */
  readonly comment: string
}

/** The configuration that all instances on one database share, for reading and writing. */
export interface SharedConfiguration extends AsyncDisposable {
  /** The configuration as the file alone gives it: of the shared part it holds what the built-in defaults are. */
  readonly local: CaConfiguration
  /**
   * The newest revision, `undefined` where there is none yet.
   *
   * @throws {HostError} `revision_refused` when it is not to be believed.
   */
  current(): Promise<TrustedRevision | undefined>
  /** A revision by its number. @throws {HostError} `revision_refused` as {@link SharedConfiguration.current}. */
  revision(number: number): Promise<TrustedRevision | undefined>
  /** Newest first; `before` goes on after the last line of the part before. Revisions not to be believed are listed too. */
  history(listing: {
    readonly before?: number
    readonly limit: number
  }): Promise<readonly RevisionEntry[]>
  /**
   * Proves a document as {@link SharedConfiguration.commit} does, and returns the whole configuration as a server would
   * load it. Needs no key and writes nothing.
   *
   * @throws {HostError} `configuration_invalid`, with the JSON path of each wrong member.
   */
  prove(document: JsonObject): Promise<CaConfiguration>
  /**
   * Proves the new document as a server would load it, signs it and commits it as the child of `parent`. The password of
   * the key is asked for at the first commit.
   *
   * @throws {HostError} `revision_conflict`, which names the other's number, author and time, when `parent` is not the
   * newest any more; `configuration_invalid`; `configuration_key_unfit`, `key_unreadable`, `key_decryption_failed`.
   */
  commit(draft: RevisionDraft): Promise<TrustedRevision>
}

/** Where the shared configuration is opened from. */
export interface OpenSharedConfigurationOptions {
  /** The `ca.json`, in which `mayfly.configuration` is `"database"`. */
  readonly configurationPath: string
  /** The password of the configuration key, as from a password file. White space at its end is cut. */
  readonly configurationKeyPassword?: () => Promise<string>
  /** Asks a person for the password of the key in `path`, when there is no other. */
  readonly askPassword?: (path: string) => Promise<string>
  readonly now: () => Date
}

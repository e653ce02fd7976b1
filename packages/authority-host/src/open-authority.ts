import { isDeepStrictEqual } from 'node:util'
import type { Authority } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import { type Ambient, assemble, type InForce, type LoadedFiles } from './configuration-in-force.ts'
import { HostError } from './errors.ts'
import { loadLocalParts } from './load-authority.ts'
import { homeOf, loadConfiguration } from './load-configuration.ts'
import { openStore, storeOptionsOf } from './open-store.ts'
import { createPasswordFinder, type PasswordSource } from './password-finder.ts'
import { findRestoredAt } from './restore-check.ts'
import { configurationKeyPaths, loadTrustedKeys } from './revisions/configuration-key.ts'
import { createFollowingAuthority } from './revisions/following-authority.ts'
import { createLookout } from './revisions/lookout.ts'
import { type SetTimer, startPoll } from './revisions/poll.ts'
import { type VerifiedRevision, verifyRevision } from './revisions/revision-chain.ts'
import {
  createRevisionFollower,
  describeRevision,
  type RevisionEvent,
  type RevisionFollower,
} from './revisions/revision-follower.ts'
import { createRevisionMemory } from './revisions/revision-memory.ts'
import { findStartingRevision } from './revisions/starting-revision.ts'
import { loadTemplateFiles } from './template-files.ts'

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
  /** Puts it into force, unless one that was read later is. */
  commit(): void
}

/** One reading of the files, and what stands by it. */
interface Reading {
  readonly number: number
  readonly files: LoadedFiles
  /** Follows the shared configuration, where there is one. */
  readonly follower: RevisionFollower | undefined
  /** Another one with each revision. */
  inForce: InForce
  /** The revision that {@link Reading.inForce} was made of. */
  verified: VerifiedRevision | undefined
}

/**
 * Opens the authority that a `ca.json` describes: configuration, certificates, key and store; where the shared part is kept
 * in the database, with the newest revision of it.
 *
 * @throws {HostError} for what is wrong with the files, or with the revision.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openAuthority(options: OpenAuthorityOptions): Promise<AuthorityHost> {
  const { configurationPath, now, random } = options
  const startedAt = now()
  const findPassword = createPasswordFinder(options)
  const lookout = createLookout(look, { gapMilliseconds: 200 })
  const memory = createRevisionMemory(configurationPath)
  const polls = new Set<{ stop(): void }>()
  let isClosed = false
  let readings = 0

  const loaded = await loadFiles(await loadConfiguration(configurationPath))
  const store = await openStore(loaded.configuration.db, {
    ...storeOptionsOf(loaded.configuration),
    dangerouslyDiscardHistory: options.discardHistory ?? false,
  })
  const ambient = await ambientOrClose()
  let reading = await readOrClose()
  let authority = authorityOf(reading)

  async function ambientOrClose(): Promise<Ambient> {
    try {
      const restoredAt = await findRestoredAt(store)
      return { store, startedAt, now, random, ...(restoredAt && { restoredAt }) }
    } catch (error) {
      await store.close()
      throw error
    }
  }

  async function readOrClose(): Promise<Reading> {
    try {
      return await read(0, loaded)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  async function loadFiles(configuration: CaConfiguration): Promise<LoadedFiles> {
    const { parts, warnings } = await loadLocalParts(configuration, {
      findPassword: (path) => findPassword(path, configuration.password),
      now: now(),
    })
    const isShared = configuration.mayfly.configuration === 'database'
    return {
      configuration: { ...configuration, warnings: [...configuration.warnings, ...warnings] },
      parts,
      templateFiles: await loadTemplateFiles(configuration, homeOf(configurationPath)),
      keys: isShared
        ? await loadTrustedKeys(configurationKeyPaths(configuration, configurationPath).publicKeys)
        : new Map(),
    }
  }

  /** A follower goes on with the revision that it has accepted, if the keys of these files believe it. */
  async function read(
    number: number,
    files: LoadedFiles,
    former?: RevisionFollower,
  ): Promise<Reading> {
    const isShared = files.configuration.mayfly.configuration === 'database'
    if (isShared && former !== undefined) {
      const { revision, parentDigest } = former.accepted
      const verified = verifyRevision(revision, parentDigest, files.keys)
      const inForce = assemble(files, verified, ambient)
      return { number, files, follower: former, inForce, verified }
    }
    const { configuration, keys } = files
    const verified = await findStartingRevision(configuration, { store, keys, memory })
    await (verified && memory.remember(verified))
    const inForce = assemble(files, verified, ambient)
    const follower = verified && follow(verified)
    return { number, files, follower, inForce, verified }
  }

  function follow(accepted: VerifiedRevision): RevisionFollower {
    return createRevisionFollower({
      revisions: store.revisions,
      accepted,
      keys: () => reading.files.keys,
      putInForce: (verified) => {
        putInForce(reading, verified)
        void memory.remember(verified)
      },
      onRevision: tell,
    })
  }

  /** What comes to an end with the host is nothing to tell. */
  function tell(event: RevisionEvent): void {
    if (!isClosed) options.onRevision?.(event)
  }

  function putInForce(target: Reading, verified: VerifiedRevision): void {
    target.inForce = assemble(target.files, verified, ambient)
    target.verified = verified
  }

  function authorityOf(of: Reading): Authority {
    const { follower } = of
    if (follower === undefined) return of.inForce.authority
    return createFollowingAuthority({
      current: () => of.inForce.authority,
      refusal: () => follower.refusal,
      follow: lookout,
    })
  }

  async function look(): Promise<void> {
    if (!isClosed) await reading.follower?.look()
  }

  async function prepareReload(): Promise<PreparedReload> {
    if (isClosed) throw new HostError('host_closed', 'the authority is closed')
    readings += 1
    const number = readings
    const next = await loadConfiguration(configurationPath)
    refuseOtherDatabase(reading.files.configuration, next)
    const prepared = await read(number, await loadFiles(next), reading.follower)
    const created = authorityOf(prepared)
    return {
      authority: created,
      configuration: prepared.inForce.configuration,
      commit: () => {
        if (prepared.number < reading.number) return
        const accepted = prepared.follower?.accepted
        // Another revision may have come into force since.
        if (accepted !== undefined && accepted.revision !== prepared.verified?.revision) {
          putInForce(prepared, accepted)
        }
        const { follower } = prepared
        if (follower !== undefined && follower !== reading.follower) {
          tell({ kind: 'in_force', ...describeRevision(follower.accepted) })
        }
        reading = prepared
        authority = created
      },
    }
  }

  async function reload(): Promise<void> {
    const prepared = await prepareReload()
    prepared.commit()
  }

  async function followRevision(): Promise<boolean> {
    const before = reading.inForce
    await lookout()
    return reading.inForce !== before
  }

  function startFollowing({ setTimer }: { readonly setTimer: SetTimer }): { stop(): void } {
    const poll = startPoll({ look: lookout, setTimer, random })
    polls.add(poll)
    return poll
  }

  async function close(): Promise<void> {
    isClosed = true
    for (const poll of polls) poll.stop()
    await store.close()
    await memory.settle()
  }

  return {
    get authority() {
      return authority
    },
    get configuration() {
      return reading.inForce.configuration
    },
    get revision() {
      return reading.verified?.revision.number
    },
    get newestRevision() {
      return reading.follower?.newest
    },
    get revisionRefusal() {
      return reading.follower?.refusal
    },
    store,
    followRevision,
    startFollowing,
    prepareReload,
    reload,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * The store outlives a reload, so another one would not be used before a restart. Members that say nothing about it may
 * come and go: step adds one of Badger's when it rewrites the file.
 */
function refuseOtherDatabase(current: CaConfiguration, next: CaConfiguration): void {
  const settingsOf = ({ db, mayfly }: CaConfiguration): unknown => [
    db && { ...db, type: db.type.toLowerCase() },
    mayfly.dangerouslyAllowUnsyncedCommits,
    mayfly.database,
  ]
  if (isDeepStrictEqual(settingsOf(current), settingsOf(next))) return
  throw new HostError('database_changed', 'database configuration cannot change', {
    hint: 'restart to use another database',
  })
}

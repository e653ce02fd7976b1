import { isDeepStrictEqual } from 'node:util'
import type { Authority } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { AuthorityHost, OpenAuthorityOptions, PreparedReload } from './authority-host.ts'
import { type Ambient, assemble, type InForce, type LoadedFiles } from './configuration-in-force.ts'
import { HostError } from './errors.ts'
import { loadLocalParts } from './load-authority.ts'
import { homeOf, loadConfiguration } from './load-configuration.ts'
import { openStore, storeOptionsOf } from './open-store.ts'
import { createPasswordFinder } from './password-finder.ts'
import { findRestoredAt } from './restore-check.ts'
import { configurationKeyPaths, loadTrustedKeys } from './revisions/configuration-key.ts'
import { createFollowingAuthority } from './revisions/following-authority.ts'
import { createLookout } from './revisions/lookout.ts'
import { createPassedOverLook } from './revisions/passed-over.ts'
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

/** One reading of the files, and what stands by it. */
interface Reading {
  readonly number: number
  readonly files: LoadedFiles
  /** Follows the shared configuration, where there is one. */
  follower: RevisionFollower | undefined
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
  const lookForPassedOver = createPassedOverLook(store, tell)
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
    if (verified !== undefined) {
      await memory.makeFolder()
      await memory.remember(verified)
    }
    const inForce = assemble(files, verified, ambient)
    const follower = verified && follow(verified)
    return { number, files, follower, inForce, verified }
  }

  function follow(accepted: VerifiedRevision): RevisionFollower {
    const follower: RevisionFollower = createRevisionFollower({
      revisions: store.revisions,
      accepted,
      keys: () => reading.files.keys,
      putInForce: (verified) => {
        // A reload may have taken its place while it looked.
        if (reading.follower !== follower) return
        putInForce(reading, verified)
        void memory.remember(verified)
      },
      onRevision: (event) => {
        if (reading.follower === follower) tell(event)
      },
    })
    return follower
  }

  /**
   * Another revision may have come into force since this was read. Where its keys or its file refuse that one, it stays
   * at its own, and its next look tells so.
   */
  function catchUp(target: Reading): void {
    const { follower, verified, files } = target
    if (follower === undefined || verified === undefined) return
    const { revision, parentDigest } = follower.accepted
    if (revision === verified.revision) return
    try {
      putInForce(target, verifyRevision(revision, parentDigest, files.keys))
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      target.follower = follow(verified)
    }
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
    if (of.follower === undefined) return of.inForce.authority
    return createFollowingAuthority({
      current: () => of.inForce.authority,
      refusal: () => of.follower?.refusal,
      follow: lookout,
    })
  }

  async function look(): Promise<void> {
    if (isClosed) return
    const { follower, files } = reading
    await (follower?.look() ?? lookForPassedOver(files.configuration.mayfly))
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
        catchUp(prepared)
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

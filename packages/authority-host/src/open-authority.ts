import { isDeepStrictEqual } from 'node:util'
import { type Authority, createAuthority } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import { HostError } from './errors.ts'
import {
  homeOf,
  type LoadedAuthority,
  loadAuthorityParts,
  loadConfiguration,
} from './load-authority.ts'
import { openStore, storeOptionsOf } from './open-store.ts'

/** Where an authority is opened from. */
export interface OpenAuthorityOptions {
  /** The `ca.json`. Relative names in it are relative to the working directory. */
  readonly configurationPath: string
  /** The password of the key, as from a password file: goes before the one in `ca.json`. White space at its end is cut. */
  readonly password?: () => Promise<string>
  /** Asks a person for the password of the key in `path`, when there is no other. */
  readonly askPassword?: (path: string) => Promise<string>
  /** Starts with an empty database beside the data of step-ca: what it revoked counts as valid again. */
  readonly discardHistory?: boolean
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** An authority in operation, with the store it keeps and the configuration it was opened from. */
export interface AuthorityHost extends AsyncDisposable {
  /** The authority of the configuration in force; another one after each {@link AuthorityHost.reload}. */
  readonly authority: Authority
  readonly configuration: CaConfiguration
  readonly store: Store
  /**
   * Reads the configuration and its files again, without using them: nothing changes before {@link PreparedReload.commit}.
   * The store stays, with its memory of spent tokens, and tokens made before the reload stay good.
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

/**
 * Opens the authority that a `ca.json` describes: configuration, certificates, key and store.
 *
 * @throws {HostError} for what is wrong with the files.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openAuthority(options: OpenAuthorityOptions): Promise<AuthorityHost> {
  const startedAt = options.now()
  const findPassword = createPasswordFinder(options)
  const loaded = await loadParts(await loadConfiguration(options.configurationPath))
  let { configuration } = loaded
  const store = await openStore(configuration.db, {
    ...storeOptionsOf(configuration),
    dangerouslyDiscardHistory: options.discardHistory ?? false,
  })
  let authority = createAuthority({ ...loaded.parts, ...ambient() })
  let isClosed = false

  function loadParts(from: CaConfiguration): Promise<LoadedAuthority> {
    return loadAuthorityParts(from, {
      findPassword: (path) => findPassword(path, from.password),
      homePath: homeOf(options.configurationPath),
      now: options.now(),
    })
  }

  function ambient(): { store: Store; startedAt: Date } & Pick<typeof options, 'now' | 'random'> {
    return { store, startedAt, now: options.now, random: options.random }
  }

  let readings = 0
  let readingInForce = 0

  async function prepareReload(): Promise<PreparedReload> {
    if (isClosed) throw new HostError('host_closed', 'the authority is closed')
    readings += 1
    const reading = readings
    const next = await loadConfiguration(options.configurationPath)
    refuseOtherDatabase(configuration, next)
    const { configuration: proven, parts } = await loadParts(next)
    const created = createAuthority({ ...parts, ...ambient() })
    return {
      authority: created,
      configuration: proven,
      commit: () => {
        if (reading < readingInForce) return
        readingInForce = reading
        configuration = proven
        authority = created
      },
    }
  }

  async function reload(): Promise<void> {
    const prepared = await prepareReload()
    prepared.commit()
  }

  async function close(): Promise<void> {
    isClosed = true
    await store.close()
  }

  return {
    get authority() {
      return authority
    },
    get configuration() {
      return configuration
    },
    store,
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

/** Remembers the password that was given at the start: reloads need it, and nobody is asked twice. */
function createPasswordFinder({
  password,
  askPassword,
}: OpenAuthorityOptions): (
  path: string,
  configured: string | undefined,
) => Promise<string | undefined> {
  let given: string | undefined
  return async (path, configured) => {
    given ??= (await password?.())?.replace(/\p{White_Space}+$/u, '')
    if (given !== undefined) return given
    if (configured !== undefined) return configured
    given = await askPassword?.(path)
    return given
  }
}

import type { CaConfiguration, DatabaseConfiguration } from '@mayfly/authority-core/config'
import {
  createMemoryStore,
  type DatabaseStatus,
  type RetentionRules,
  type Store,
} from '@mayfly/db-adapters'
import { joinCurrentRevision } from './effective-configuration.ts'
import { HostError } from './errors.ts'
import { assertImported } from './import-history/history-check.ts'
import { loadConfiguration } from './load-configuration.ts'
import {
  findHistory,
  isNonEmptyFile,
  loadSqlite,
  locateSqlite,
  openStore,
  storeOptionsOf,
} from './open-store.ts'
import { findRestoredAt } from './restore-check.ts'
import { serverKinds } from './server-kind.ts'

/** What a look at the database of a `ca.json` finds, which changes nothing there. */
export interface DatabaseView {
  readonly configuration: CaConfiguration
  readonly kind: Exclude<Store['kind'], 'memory'>
  /** `undefined` where there is no database yet. */
  readonly status: DatabaseStatus | undefined
  /** Where step-ca has left data there, if it has, whether or not that was imported. */
  readonly history: string | undefined
}

/** The database of a `ca.json`, opened without any key. */
export interface OpenedDatabase extends AsyncDisposable {
  readonly configuration: CaConfiguration
  readonly store: Store
}

/**
 * Looks at the database of a `ca.json`.
 *
 * @throws {HostError} for what is wrong with the file; `database_missing` when it names none.
 * @throws {StoreError} when the database cannot be reached or read.
 */
export async function inspectDatabase({
  configurationPath,
}: {
  readonly configurationPath: string
}): Promise<DatabaseView> {
  const configuration = await loadConfiguration(configurationPath)
  const db = databaseOf(configuration)
  return {
    configuration,
    kind: kindOf(db),
    status: await readStatus(configuration, db),
    history: await findHistory(db),
  }
}

/**
 * Opens the database of a `ca.json` as it stands: one that is not there is not made, and its tables are not changed.
 *
 * @throws {HostError} for what is wrong with the file; `database_missing`; `database_not_migrated`;
 * `database_restore_unfinished`.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openDatabase(options: {
  readonly configurationPath: string
}): Promise<OpenedDatabase> {
  const { configuration, status } = await inspectDatabase(options)
  if (status === undefined || status.migrations.executed.length === 0) {
    throw new HostError('database_missing', 'there is no database yet', {
      hint: "a server makes it when it starts, and so does 'mayfly db migrate'",
    })
  }
  const [pending] = status.migrations.pending
  if (pending !== undefined) {
    throw new HostError(
      'database_not_migrated',
      `the tables are of an older version (${pending})`,
      {
        hint: "bring them up to date with 'mayfly db migrate'; servers of the older version cannot start after that",
      },
    )
  }
  const database = await openStoreOf(configuration, { dangerouslyDiscardHistory: true })
  try {
    await findRestoredAt(database.store)
    return database
  } catch (error) {
    await database.store.close()
    throw error
  }
}

/**
 * Opens the database of a `ca.json`, making what is missing and bringing its tables up to date. Data of step-ca's that
 * lies there is a reason to refuse, unless it is said to be left alone.
 *
 * @throws {HostError} for what is wrong with the file; `database_missing` when it names none; `database_history_found`.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function makeDatabase({
  configurationPath,
  leaveHistory = false,
}: {
  readonly configurationPath: string
  readonly leaveHistory?: boolean
}): Promise<OpenedDatabase> {
  const configuration = await loadConfiguration(configurationPath)
  databaseOf(configuration)
  return openStoreOf(configuration, { dangerouslyDiscardHistory: leaveHistory })
}

/**
 * Returns how long rows are kept by the configuration in force, which may be kept in the database itself; `undefined` where
 * nothing is to be deleted.
 *
 * @throws {HostError} when the revision in force cannot be believed or used.
 * @throws {StoreError}
 */
export async function loadRetentionRules(
  { configuration, store }: Pick<OpenedDatabase, 'configuration' | 'store'>,
  { configurationPath }: { readonly configurationPath: string },
): Promise<RetentionRules | undefined> {
  const effective = await joinCurrentRevision(configuration, { configurationPath, store })
  return retentionRulesOf(effective.configuration)
}

/**
 * Returns why a server would not start by the configuration as it stands, beside what its key and its certificates say:
 * a revision that is missing, forged or older than was in force on this machine, or a public key that cannot be read.
 * `store` is left out where no database has been made. Nothing is changed.
 *
 * @throws {StoreError}
 */
export async function findConfigurationRefusal(
  configuration: CaConfiguration,
  { configurationPath, store }: { readonly configurationPath: string; readonly store?: Store },
): Promise<HostError | undefined> {
  try {
    const from = { configurationPath, store: store ?? createMemoryStore() }
    await joinCurrentRevision(configuration, from)
    return undefined
  } catch (error) {
    if (error instanceof HostError) return error
    throw error
  }
}

/** Returns how long rows are kept; `undefined` where nothing is to be deleted. */
export function retentionRulesOf({
  mayfly: { retention, renewalAfterExpirySeconds },
}: Pick<CaConfiguration, 'mayfly'>): RetentionRules | undefined {
  const { enabled, certificatesSeconds, auditSeconds } = retention
  if (!enabled) return undefined
  return {
    certificatesSeconds,
    renewalAfterExpirySeconds,
    ...(auditSeconds === undefined ? {} : { auditSeconds }),
  }
}

async function openStoreOf(
  configuration: CaConfiguration,
  history: { readonly dangerouslyDiscardHistory: boolean },
): Promise<OpenedDatabase> {
  const store = await openStore(configuration.db, { ...storeOptionsOf(configuration), ...history })
  return { configuration, store, [Symbol.asyncDispose]: () => store.close() }
}

async function readStatus(
  configuration: CaConfiguration,
  db: DatabaseConfiguration,
): Promise<DatabaseStatus | undefined> {
  const { dangerouslyAllowUnsyncedCommits } = storeOptionsOf(configuration)
  const server = await serverKinds.get(db.type.toLowerCase())?.()
  if (server !== undefined) {
    return server.status({ ...server.parse(db), dangerouslyAllowUnsyncedCommits })
  }
  const path = locateSqlite(db)
  if (!(await isNonEmptyFile(path))) return undefined
  const { readSqliteStatus } = await loadSqlite()
  return readSqliteStatus({ path, dangerouslyAllowUnsyncedCommits })
}

/** Says whether the data that step-ca has left was imported, as far as a store that is open can tell. */
export async function isHistoryImported(
  { configuration, store }: Pick<OpenedDatabase, 'configuration' | 'store'>,
  found: string,
): Promise<boolean> {
  try {
    await assertImported(store, databaseOf(configuration), found)
    return true
  } catch (error) {
    if (error instanceof HostError && error.code === 'database_history_found') return false
    throw error
  }
}

function kindOf({ type }: DatabaseConfiguration): DatabaseView['kind'] {
  const name = type.toLowerCase()
  return name === 'mysql' || name === 'postgresql' ? name : 'sqlite'
}

function databaseOf({ db }: CaConfiguration): DatabaseConfiguration {
  if (db !== undefined) return db
  throw new HostError('database_missing', 'the configuration names no database', {
    hint: 'add "db" to it, or name another one by --ca-config',
  })
}

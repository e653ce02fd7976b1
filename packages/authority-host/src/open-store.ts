import { readdir, stat } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import type {
  CaConfiguration,
  DatabaseConfiguration,
  MayflyConfiguration,
} from '@mayfly/authority-core/config'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { codeOf, describeFileError, HostError } from './errors.ts'
import { assertImported, historyFound } from './import-history/history-check.ts'
import { serverKinds } from './server-kind.ts'

/** Name of the embedded database in the folder of one of step-ca's. */
const sqliteFileName = 'mayfly.sqlite'

/** How a `db` block is to be opened. */
export interface OpenStoreOptions {
  readonly dangerouslyAllowUnsyncedCommits: boolean
  /** Opens an empty store beside the data of step-ca: what it revoked counts as valid again. */
  readonly dangerouslyDiscardHistory: boolean
  /** Bounds of the connections to a database server. */
  readonly pool?: MayflyConfiguration['database']
}

/** What a configuration says of its store beside the `db` block. */
export function storeOptionsOf({
  mayfly,
}: Pick<CaConfiguration, 'mayfly'>): Omit<OpenStoreOptions, 'dangerouslyDiscardHistory'> {
  const { dangerouslyAllowUnsyncedCommits, database } = mayfly
  return { dangerouslyAllowUnsyncedCommits, pool: database }
}

/**
 * Opens the store of a `db` block. Without one, spent tokens live in memory and nothing else is kept.
 * step-ca's embedded databases become SQLite in the same folder; on its servers our tables stand beside its own.
 *
 * Where step-ca has kept data, all of it must have been imported: an empty store beside it would forget what was revoked
 * and which tokens were spent. A store that is refused is left as it was.
 *
 * @throws {HostError} `database_unsupported`, or `database_history_found` when step-ca left data that was not imported.
 * @throws {StoreError} when the database cannot be opened, or its data source cannot be read.
 */
export async function openStore(
  db: DatabaseConfiguration | undefined,
  options: OpenStoreOptions,
): Promise<Store> {
  if (db === undefined) return createMemoryStore()
  const found = options.dangerouslyDiscardHistory ? undefined : await findHistory(db)
  if (found === undefined) return openAny(db, options)
  const store = await openExistingStore(db, options)
  if (store === undefined) throw historyFound(found)
  try {
    await assertImported(store, db, found)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/**
 * Opens the store of a `db` block if it exists: a file, or tables, that no server has made yet are left unmade.
 *
 * @throws {HostError} as {@link openStore}, but for data of step-ca, which is left alone.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openExistingStore(
  db: DatabaseConfiguration | undefined,
  opening: Omit<OpenStoreOptions, 'dangerouslyDiscardHistory'>,
): Promise<Store | undefined> {
  if (db === undefined) return undefined
  const kind = await serverKinds.get(db.type.toLowerCase())?.()
  const isMade =
    kind === undefined
      ? await isNonEmptyFile(locateSqlite(db))
      : ((await kind.inspect(kind.parse(db)))?.hasStore ?? false)
  return isMade ? openAny(db, opening) : undefined
}

async function openAny(
  db: DatabaseConfiguration,
  {
    dangerouslyAllowUnsyncedCommits,
    pool,
  }: Pick<OpenStoreOptions, 'dangerouslyAllowUnsyncedCommits' | 'pool'>,
): Promise<Store> {
  const kind = await serverKinds.get(db.type.toLowerCase())?.()
  if (kind !== undefined) {
    return kind.open({ ...kind.parse(db), ...pool, dangerouslyAllowUnsyncedCommits })
  }
  const path = locateSqlite(db)
  const { openSqliteStore } = await loadSqlite()
  return openSqliteStore({ path, dangerouslyAllowUnsyncedCommits })
}

/** Loaded when a database is opened: a Node without `node:sqlite` can do everything else. */
export async function loadSqlite(): Promise<typeof import('@mayfly/db-adapters/sqlite')> {
  // Asked beforehand: what a bundle does without it is no error of its own kind.
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isOld = major < 22 || (major === 22 && minor < 16)
  if (isOld || !isBuiltin('node:sqlite')) {
    throw new HostError(
      'database_unsupported',
      `SQLite needs Node 22.16 or later; this is ${process.versions.node}`,
      { hint: 'start it by a newer Node, or leave "db" out' },
    )
  }
  return await import('@mayfly/db-adapters/sqlite')
}

/** Returns the file of our store; in the place of one of step-ca's embedded databases it lies in the same folder. */
export function locateSqlite({ type, dataSource }: DatabaseConfiguration): string {
  switch (type.toLowerCase()) {
    case 'sqlite':
      return dataSource
    case 'badger':
    case 'badgerv1':
    case 'badgerv2':
      return join(dataSource, sqliteFileName)
    case 'bbolt':
      return join(dirname(dataSource), sqliteFileName)
    default:
      throw new HostError('database_unsupported', `${type} database not supported`, {
        hint: 'use "type": "sqlite" with a file as "dataSource", or leave "db" out',
      })
  }
}

/** Returns what step-ca has left in the place of a `db` block, in words: where it is, as the subject of a sentence. */
export async function findHistory(db: DatabaseConfiguration): Promise<string | undefined> {
  const { type, dataSource } = db
  const kind = await serverKinds.get(type.toLowerCase())?.()
  if (kind !== undefined) {
    const server = kind.parse(db)
    const table = (await kind.inspect(server))?.stepCaTable
    return table && `db.dataSource: the table ${table} of ${server.database}`
  }
  switch (type.toLowerCase()) {
    case 'badger':
    case 'badgerv1':
    case 'badgerv2':
      return findBadgerData(dataSource, type)
    case 'bbolt':
      return (await isNonEmptyFile(dataSource)) ? dataSource : undefined
    default:
      return undefined
  }
}

/**
 * Returns a file of Badger's in a folder. A store that was opened once has a MANIFEST, and value logs (*.vlog) or
 * tables (*.sst) that hold rows; the folder as `step ca init` makes it is empty.
 */
async function findBadgerData(folder: string, type: string): Promise<string | undefined> {
  const names = await listFolder(folder, `${type} keeps its data in a folder: name one`)
  const name = names.find((each) => each === 'MANIFEST' || /\.(vlog|sst)$/.test(each))
  return name === undefined ? undefined : join(folder, name)
}

async function listFolder(folder: string, hint: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw unreadable(folder, error, codeOf(error) === 'ENOTDIR' ? hint : undefined)
  }
}

/** Whether a file is there that holds anything. @throws {HostError} `database_unsupported` where that cannot be seen. */
export async function isNonEmptyFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw unreadable(path, error)
  }
}

function unreadable(path: string, cause: unknown, hint?: string): HostError {
  const reason = describeFileError(cause)
  const message = `db.dataSource: reading ${path} failed: ${reason}`
  return new HostError('database_unsupported', message, { cause, hint })
}

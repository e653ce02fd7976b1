import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type {
  CaConfiguration,
  DatabaseConfiguration,
  MayflyConfiguration,
} from '@mayfly/authority-core/config'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import { codeOf, describeFileError, HostError } from './errors.ts'
import { type ServerKind, serverKinds } from './server-kind.ts'

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
 * @throws {HostError} `database_unsupported`, or `database_history_found` when step-ca left data that is not read here.
 * @throws {StoreError} when the database cannot be opened, or its data source cannot be read.
 */
export async function openStore(
  db: DatabaseConfiguration | undefined,
  options: OpenStoreOptions,
): Promise<Store> {
  if (db === undefined) return createMemoryStore()
  const kind = await serverKinds.get(db.type.toLowerCase())?.()
  if (kind !== undefined) return openOnServer(kind, db, options)
  const path = await locateSqlite(db, options)
  const { dangerouslyAllowUnsyncedCommits } = options
  const { openSqliteStore } = await loadSqlite()
  return openSqliteStore({ path, dangerouslyAllowUnsyncedCommits })
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
  const options = { ...opening, dangerouslyDiscardHistory: true }
  const kind = await serverKinds.get(db.type.toLowerCase())?.()
  if (kind !== undefined) {
    const contents = await kind.inspect(kind.parse(db))
    return contents?.hasStore ? openOnServer(kind, db, options) : undefined
  }
  const path = await locateSqlite(db, options)
  return (await isNonEmptyFile(path)) ? openStore(db, options) : undefined
}

/** Looks first: a server that is refused is left as it was. */
async function openOnServer(
  kind: ServerKind,
  db: DatabaseConfiguration,
  options: OpenStoreOptions,
): Promise<Store> {
  const server = kind.parse(db)
  if (!options.dangerouslyDiscardHistory) {
    const table = (await kind.inspect(server))?.stepCaTable
    if (table !== undefined) {
      throw new HostError(
        'database_history_found',
        `db.dataSource: the table ${table} of ${server.database} holds data of step-ca`,
        {
          hint: 'name another database, or allow its revocations and spent tokens to be forgotten (--discard-history)',
        },
      )
    }
  }
  const { dangerouslyAllowUnsyncedCommits, pool } = options
  return kind.open({ ...server, ...pool, dangerouslyAllowUnsyncedCommits })
}

/** Loaded when a database is opened: a Node without `node:sqlite` can do everything else. */
async function loadSqlite(): Promise<typeof import('@mayfly/db-adapters/sqlite')> {
  try {
    return await import('@mayfly/db-adapters/sqlite')
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw cause
    throw new HostError(
      'database_unsupported',
      `SQLite needs Node 22.16 or later; this is ${process.versions.node}`,
      { cause, hint: 'start it by a newer Node, or leave "db" out' },
    )
  }
}

async function locateSqlite(
  { type, dataSource }: DatabaseConfiguration,
  options: OpenStoreOptions,
): Promise<string> {
  switch (type.toLowerCase()) {
    case 'sqlite':
      return dataSource
    case 'badger':
    case 'badgerv1':
    case 'badgerv2':
      await refuseHistory(await findBadgerData(dataSource, type), options)
      return join(dataSource, sqliteFileName)
    case 'bbolt':
      await refuseHistory((await isNonEmptyFile(dataSource)) ? dataSource : undefined, options)
      return join(dirname(dataSource), sqliteFileName)
    default:
      throw new HostError('database_unsupported', `${type} database not supported`, {
        hint: 'use "type": "sqlite" with a file as "dataSource", or leave "db" out',
      })
  }
}

/** An empty database beside step-ca's would forget what was revoked and which tokens were spent. */
async function refuseHistory(found: string | undefined, options: OpenStoreOptions): Promise<void> {
  if (found === undefined || options.dangerouslyDiscardHistory) return
  throw new HostError('database_history_found', `${found} holds data of step-ca`, {
    hint: 'move its files away, or allow its revocations and spent tokens to be forgotten (--discard-history)',
  })
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

async function isNonEmptyFile(path: string): Promise<boolean> {
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

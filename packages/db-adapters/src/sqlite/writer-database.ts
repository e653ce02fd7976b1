import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../errors.ts'
import { waitWhileBusy } from './busy-wait.ts'
import { assertOurs, migrate } from './migrate.ts'
import { translateSqliteError } from './sqlite-error.ts'

/** How the writer opens its database. */
export interface WriterDatabaseOptions {
  readonly path: string
  /** `off` leaves it to the operating system when, and whether, a commit reaches the disk. */
  readonly synchronous: 'full' | 'off'
  readonly busyTimeoutMilliseconds: number
}

/**
 * Opens the one connection that writes, and migrates the schema.
 *
 * @throws {StoreError} as `openSqliteStore`.
 */
export async function openWriterDatabase(options: WriterDatabaseOptions): Promise<DatabaseSync> {
  const { path } = options
  const deadline = performance.now() + options.busyTimeoutMilliseconds
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true })
    configure(database, options, deadline)
    await migrate(database, path, deadline)
    return database
  } catch (error) {
    database?.close()
    throw translateSqliteError(error, path)
  }
}

function configure(
  database: DatabaseSync,
  { path, synchronous }: WriterDatabaseOptions,
  deadline: number,
): void {
  waitWhileBusy(deadline, () => assertOurs(database, path))
  const { journal_mode: mode } = waitWhileBusy(deadline, () => {
    return database.prepare('pragma journal_mode = wal').get() ?? {}
  })
  if (mode !== 'wal') {
    throw new StoreError('store_unavailable', `${path}: no write-ahead log is possible here`, {
      hint: 'keep the database on a local disk',
    })
  }
  database.exec(`pragma synchronous = ${synchronous}`)
  // The log is written over from its beginning once all of it is in the database, and else stays as large as it was.
  database.exec(`pragma journal_size_limit = ${largestIdleLog}`)
  // macOS: fsync alone leaves the octets in the drive's own cache. Without effect elsewhere.
  database.exec(`pragma fullfsync = ${synchronous === 'full' ? 'on' : 'off'}`)
}

/** Octets that the log may keep when a long reader, such as a backup, has let it grow. */
const largestIdleLog = 64 * 1024 * 1024

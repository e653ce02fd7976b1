import { createHash } from 'node:crypto'
import { open, realpath, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { CaConfiguration, DatabaseConfiguration } from '@mayfly/authority-core/config'
import type { StepCaSource } from '@mayfly/db-adapters/step-ca'
import { codeOf, describeFileError, HostError } from '../errors.ts'
import { loadConfiguration } from '../load-configuration.ts'
import { serverKinds } from '../server-kind.ts'

/** The data of a step-ca, unopened. */
export interface HistorySource {
  /** Which data it is, for the store that takes it over: it stays when both are moved together. */
  readonly key: string
  /** Which data it is among all that this machine can reach. */
  readonly place: string
  /** The configuration that names it. */
  readonly configuration?: CaConfiguration
  /** @throws {StoreError} when it cannot be read, or is in use. */
  open(): Promise<StepCaSource>
}

/**
 * Returns the data of step-ca in the very place of a `db` block, where our store stands beside it; `undefined` where
 * there can be none.
 *
 * @throws {StoreError} when the data source of a server cannot be read.
 */
export async function historyBeside(
  db: DatabaseConfiguration | undefined,
  now: () => Date,
): Promise<HistorySource | undefined> {
  const history = db && (await historyOf(db, now))
  if (db === undefined || history === undefined) return undefined
  const kind = kindOf(db)
  const key = kind === 'bbolt' ? `bbolt ${basename(db.dataSource)}` : kind
  return { ...history, key: shorten(key) }
}

/**
 * Returns the data that a path names: the folder of a Badger database, the file of a bbolt one, or a `ca.json` whose `db`
 * block says where it is.
 *
 * @throws {HostError} `history_not_found`, and as `loadConfiguration`.
 */
export async function historyFrom(path: string, now: () => Date): Promise<HistorySource> {
  switch (await contentsOf(path)) {
    case 'folder':
      await assertBadgerFolder(path)
      return badgerFolder(path, undefined, now)
    case 'other':
      return bboltFile(path)
    case 'configuration': {
      const configuration = await loadConfiguration(path)
      const history = configuration.db && (await historyOf(configuration.db, now))
      if (history !== undefined) return { ...history, configuration }
      throw new HostError('history_not_found', `the db block of ${path} names no data of step-ca`, {
        hint: 'name the ca.json that step-ca runs by, or the folder or file of its database',
      })
    }
  }
}

async function historyOf(
  db: DatabaseConfiguration,
  now: () => Date,
): Promise<HistorySource | undefined> {
  const server = await serverKinds.get(db.type.toLowerCase())?.()
  if (server !== undefined) {
    const options = server.parse(db)
    const { host = '127.0.0.1', port = server.defaultPort, database } = options
    const place = `${db.type.toLowerCase()}://${host}:${port}/${database}`
    return { key: shorten(place), place, open: () => server.openSource(options) }
  }
  switch (kindOf(db)) {
    case 'badger':
      return badgerFolder(db.dataSource, db.valueDir, now)
    case 'bbolt':
      return bboltFile(db.dataSource)
    default:
      return undefined
  }
}

/** The type of a `db` block, the versions of Badger as one. */
function kindOf({ type }: DatabaseConfiguration): string {
  const kind = type.toLowerCase()
  return /^badger(v[12])?$/.test(kind) ? 'badger' : kind
}

async function badgerFolder(
  path: string,
  valuePath: string | undefined,
  now: () => Date,
): Promise<HistorySource> {
  const place = `badger:${await realPathOf(path)}`
  return {
    key: shorten(place),
    place,
    open: async () => (await loadReaders()).openBadgerFolder({ path, valuePath, now }),
  }
}

async function bboltFile(path: string): Promise<HistorySource> {
  const place = `bbolt:${await realPathOf(path)}`
  return {
    key: shorten(place),
    place,
    open: async () => (await loadReaders()).openBboltFile({ path }),
  }
}

/** Loaded when there is something to read. */
function loadReaders(): Promise<typeof import('@mayfly/db-adapters/step-ca')> {
  return import('@mayfly/db-adapters/step-ca')
}

async function contentsOf(path: string): Promise<'folder' | 'configuration' | 'other'> {
  try {
    if ((await stat(path)).isDirectory()) return 'folder'
    await using file = await open(path)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0)
    const beginning = buffer.subarray(0, bytesRead).toString('latin1')
    return /^(\xef\xbb\xbf)?\s*\{/.test(beginning) ? 'configuration' : 'other'
  } catch (cause) {
    throw new HostError('history_not_found', `open ${path} failed: ${describeFileError(cause)}`, {
      cause,
    })
  }
}

/** What cannot be read for another reason is told when it is opened. */
async function assertBadgerFolder(path: string): Promise<void> {
  try {
    await stat(join(path, 'MANIFEST'))
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') return
    throw new HostError(
      'history_not_found',
      `${path} holds no Badger database: there is no MANIFEST in it`,
      { cause, hint: "name the folder of step-ca's database, or the ca.json that step-ca runs by" },
    )
  }
}

async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return resolve(path)
  }
}

/** A key has its limit in some databases. */
function shorten(key: string): string {
  if (Buffer.byteLength(key) <= 200) return key
  return `sha256:${createHash('sha256').update(key).digest('hex')}`
}

import { Socket } from 'node:net'
import type { Client, ClientConfig, default as Pg } from 'pg'
import type { DatabaseContents } from '../server-store/database-contents.ts'
import { startHint, translateFault } from '../server-store/faults.ts'
import { loadDriver } from '../server-store/load-driver.ts'
import type { ServerConnection, ServerDatabase } from '../server-store/server-database.ts'
import {
  longestMigrationMilliseconds,
  type ServerOptions,
  timeouts,
  withinTime,
} from '../server-store/server-options.ts'
import { loadTls, type TlsSettings } from '../server-store/server-tls.ts'
import { inspect } from './inspect.ts'
import { isCurrent, migrate } from './migrate.ts'
import { PostgresConnection } from './postgres-connection.ts'
import { postgresFault } from './postgres-fault.ts'
import { assertTrustworthy, type PostgresSettings, settingsQuery } from './server-settings.ts'

type Driver = typeof Pg

/** A PostgreSQL server as the store knows it. */
export class PostgresDatabase implements ServerDatabase {
  readonly kind = 'postgresql'
  readonly address: string
  readonly #options: ServerOptions
  readonly #driver: Driver

  /** @throws {StoreError} `store_unsupported` when `pg` is not installed. */
  static async load(options: ServerOptions): Promise<PostgresDatabase> {
    const { default: driver } = await loadDriver('pg', () => import('pg'))
    return new PostgresDatabase(options, driver)
  }

  private constructor(options: ServerOptions, driver: Driver) {
    const { user, host = defaultHost, port = defaultPort, database } = options
    this.address = `postgresql://${user}@${host}:${port}/${database}`
    this.#options = options
    this.#driver = driver
  }

  faultOf(error: unknown): ReturnType<typeof postgresFault> {
    return postgresFault(error)
  }

  async connect(): Promise<ServerConnection> {
    return this.#explain(async () => {
      const { client, socket } = await this.#open(this.#options.database)
      const { connectMilliseconds, commandMilliseconds } = timeouts(this.#options)
      try {
        return await withinTime(socket, connectMilliseconds, async () => {
          await this.#assertTrustworthy(client)
          return PostgresConnection.create(client, socket, commandMilliseconds)
        })
      } catch (error) {
        socket.destroy()
        throw error
      }
    })
  }

  /**
   * Makes the database where it does not exist, and the tables.
   *
   * @throws {StoreError} as `openPostgresStore`.
   */
  async prepare(): Promise<void> {
    await this.#explain(async () => {
      const { client, socket } = await this.#openOrCreate()
      const { commandMilliseconds } = timeouts(this.#options)
      try {
        const isReady = await withinTime(socket, commandMilliseconds, async () => {
          await this.#assertTrustworthy(client)
          return isCurrent(client, this.address)
        })
        if (!isReady) {
          await withinTime(socket, longestMigrationMilliseconds, () =>
            migrate(client, this.address),
          )
        }
        await withinTime(socket, commandMilliseconds, () => client.end())
      } finally {
        socket.destroy()
      }
    }, startHint)
  }

  /**
   * Looks at what the database holds, and changes nothing. Returns `undefined` where it does not exist.
   *
   * @throws {StoreError} when the server cannot be reached or refuses the user.
   */
  async inspect(): Promise<DatabaseContents | undefined> {
    return this.#explain(async () => {
      const opened = await this.#openExisting()
      if (opened === undefined) return undefined
      const { client, socket } = opened
      const { commandMilliseconds } = timeouts(this.#options)
      try {
        return await withinTime(socket, commandMilliseconds, async () => {
          const contents = await inspect(client, this.#driver.escapeIdentifier)
          await client.end()
          return contents
        })
      } finally {
        socket.destroy()
      }
    }, startHint)
  }

  /**
   * Opens a connection of which nothing is asked but that it can be read. Returns `undefined` where the database does not
   * exist. What runs on it throws {@link StoreError}s.
   *
   * @throws {StoreError} when the server cannot be reached or refuses the user.
   */
  async openSession(): Promise<PostgresSession | undefined> {
    const opened = await this.#explain(() => this.#openExisting(), startHint)
    if (opened === undefined) return undefined
    const { client, socket } = opened
    return {
      run: (work) => this.#explain(() => work(client), startHint),
      escapeIdentifier: (name) => this.#driver.escapeIdentifier(name),
      close: async () => {
        await client.end().catch(() => undefined)
        socket.destroy()
      },
    }
  }

  async #assertTrustworthy(client: Client): Promise<void> {
    const { rows } = await client.query<PostgresSettings>(settingsQuery)
    for (const settings of rows) {
      assertTrustworthy(settings, this.address, {
        allowUnsynced: this.#options.dangerouslyAllowUnsyncedCommits ?? false,
      })
    }
  }

  async #openOrCreate(): Promise<Opened> {
    const { database } = this.#options
    const existing = await this.#openExisting()
    if (existing !== undefined) return existing
    const { client, socket } = await this.#open('postgres')
    try {
      await withinTime(socket, timeouts(this.#options).commandMilliseconds, () =>
        client.query(`create database ${this.#driver.escapeIdentifier(database)}`),
      )
    } catch (error) {
      // Another instance that starts may have made it meanwhile.
      if (!madeMeanwhile.has(sqlStateOf(error) ?? '')) throw error
    } finally {
      socket.destroy()
    }
    return this.#open(database)
  }

  async #openExisting(): Promise<Opened | undefined> {
    try {
      return await this.#open(this.#options.database)
    } catch (error) {
      if (sqlStateOf(error) === invalidCatalogName) return undefined
      throw error
    }
  }

  async #open(database: string): Promise<Opened> {
    const { tls } = this.#options
    if (tls === undefined) return this.#openWith(database, false)
    const settings = await loadTls(tls)
    try {
      return await this.#openWith(database, settings)
    } catch (error) {
      if (tls.optional !== true || !saysNoTls(error)) throw error
      return this.#openWith(database, false)
    }
  }

  async #openWith(database: string, ssl: TlsSettings | false): Promise<Opened> {
    const { host = defaultHost, port = defaultPort, user, password } = this.#options
    const { connectMilliseconds, commandMilliseconds, lockMilliseconds } = timeouts(this.#options)
    const socket = new Socket()
    const config: ClientConfig = {
      host,
      port,
      user,
      // An empty one would be taken from the environment or from ~/.pgpass; a function's never is.
      password: () => password ?? '',
      database,
      ssl,
      stream: () => socket,
      keepAlive: true,
      connectionTimeoutMillis: connectMilliseconds,
      // So that the server gives up before we do.
      statement_timeout: Math.ceil(commandMilliseconds * 0.9),
      lock_timeout: lockMilliseconds,
      idle_in_transaction_session_timeout: commandMilliseconds,
      application_name: 'mayfly',
      options: '-c default_transaction_isolation=read\\ committed',
      types: {
        getTypeParser: (oid, format) => parsers.get(oid) ?? this.#defaultParser(oid, format),
      },
    }
    const client = new this.#driver.Client(config)
    // Until a connection takes over: an error while nothing is asked must not end the process.
    client.on('error', () => socket.destroy())
    try {
      await client.connect()
      return { client, socket }
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  #defaultParser(oid: number, format: 'text' | 'binary' | undefined): (value: string) => unknown {
    return this.#driver.types.getTypeParser(oid, format === 'binary' ? 'text' : format)
  }

  async #explain<T>(work: () => Promise<T>, lostHint?: string): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw translateFault(this, error, lostHint)
    }
  }
}

/** A connection that its user closes. */
export interface PostgresSession {
  run<T>(work: (client: Client) => Promise<T>): Promise<T>
  escapeIdentifier(name: string): string
  close(): Promise<void>
}

interface Opened {
  readonly client: Client
  readonly socket: Socket
}

const defaultHost = '127.0.0.1'
const defaultPort = 5432

const invalidCatalogName = '3D000'

/** duplicate_database, and unique_violation in the catalog itself. */
const madeMeanwhile: ReadonlySet<string> = new Set(['42P04', '23505'])

/** bigint is milliseconds, row counts and small numbers, all of which JavaScript counts exactly. */
const parsers: ReadonlyMap<number, (value: string) => unknown> = new Map<
  number,
  (value: string) => unknown
>([
  [17, (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))],
  [20, Number],
])

function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The driver's own words, which come without a code. */
function saysNoTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes('does not support SSL')
}

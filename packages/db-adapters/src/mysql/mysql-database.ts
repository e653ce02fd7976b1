import { connect as connectSocket, isIP, type Socket } from 'node:net'
import type * as Mysql from 'mysql2'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { StoreError } from '../errors.ts'
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
import { loadTls } from '../server-store/server-tls.ts'
import { inspect } from './inspect.ts'
import { isCurrent, migrate } from './migrate.ts'
import { MysqlConnection } from './mysql-connection.ts'
import { mysqlFault } from './mysql-fault.ts'
import {
  assertTrustworthy,
  flavourOf,
  type MysqlSettings,
  settingsQuery,
} from './server-settings.ts'

type Driver = Pick<typeof Mysql, 'createConnection' | 'escapeId'>

/** A MySQL or MariaDB server as the store knows it. */
export class MysqlDatabase implements ServerDatabase {
  readonly kind = 'mysql'
  readonly address: string
  readonly #options: ServerOptions
  readonly #driver: Driver

  /** @throws {StoreError} `store_unsupported` when `mysql2` is not installed. */
  static async load(options: ServerOptions): Promise<MysqlDatabase> {
    const { default: driver } = await loadDriver('mysql2', () => import('mysql2'))
    return new MysqlDatabase(options, driver)
  }

  private constructor(options: ServerOptions, driver: Driver) {
    const { user, host = defaultHost, port = defaultPort, database } = options
    this.address = `mysql://${user}@${host}${host.startsWith('/') ? '' : `:${port}`}/${database}`
    this.#options = options
    this.#driver = driver
  }

  faultOf(error: unknown): ReturnType<typeof mysqlFault> {
    return mysqlFault(error)
  }

  async connect(): Promise<ServerConnection> {
    return this.#explain(async () => {
      const { connection, socket } = await this.#open(this.#options.database)
      const { connectMilliseconds, commandMilliseconds } = timeouts(this.#options)
      try {
        return await withinTime(socket, connectMilliseconds, async () => {
          const settings = await this.#assertTrustworthy(connection)
          await this.#setSession(connection, settings)
          return new MysqlConnection({
            connection,
            socket,
            commandMilliseconds,
            maximumPacket: Number(settings.get('max_allowed_packet') ?? '1048576'),
          })
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
   * @throws {StoreError} as `openMysqlStore`.
   */
  async prepare(): Promise<void> {
    await this.#explain(async () => {
      const { connection, socket } = await this.#openOrCreate()
      const { commandMilliseconds } = timeouts(this.#options)
      try {
        const isReady = await withinTime(socket, commandMilliseconds, async () => {
          await this.#setSession(connection, await this.#assertTrustworthy(connection))
          return isCurrent(connection, this.address)
        })
        if (!isReady) {
          const { database } = this.#options
          await withinTime(socket, longestMigrationMilliseconds, () =>
            migrate(connection, database, this.address),
          )
        }
        await withinTime(socket, commandMilliseconds, () => connection.end())
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
      const { connection, socket } = opened
      const { commandMilliseconds } = timeouts(this.#options)
      try {
        return await withinTime(socket, commandMilliseconds, async () => {
          const contents = await inspect(connection, (name) => this.#driver.escapeId(name, true))
          await connection.end()
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
  async openSession(): Promise<MysqlSession | undefined> {
    const opened = await this.#explain(() => this.#openExisting(), startHint)
    if (opened === undefined) return undefined
    const { connection, socket } = opened
    return {
      run: (work) => this.#explain(() => work(connection), startHint),
      escapeId: (name) => this.#driver.escapeId(name, true),
      close: async () => {
        await connection.end().catch(() => undefined)
        socket.destroy()
      },
    }
  }

  async #assertTrustworthy(connection: Connection): Promise<MysqlSettings> {
    const [rows] = await connection.query<RowDataPacket[]>(settingsQuery)
    const settings: MysqlSettings = new Map(
      rows.map(({ Variable_name: name, Value: value }) => [String(name), String(value)]),
    )
    assertTrustworthy(settings, this.address, {
      allowUnsynced: this.#options.dangerouslyAllowUnsyncedCommits ?? false,
    })
    return settings
  }

  /** Nothing depends on how the server is set: modes, isolation, waits and recursion are said here. */
  async #setSession(connection: Connection, settings: MysqlSettings): Promise<void> {
    const lockSeconds = Math.ceil(timeouts(this.#options).lockMilliseconds / 1000)
    const recursion =
      flavourOf(settings) === 'MariaDB' ? 'max_recursive_iterations' : 'cte_max_recursion_depth'
    await connection.query(
      `set session transaction isolation level read committed;
       set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
         autocommit = 1,
         innodb_lock_wait_timeout = ${lockSeconds},
         lock_wait_timeout = ${lockSeconds},
         wait_timeout = ${longestRestSeconds},
         ${recursion} = 4294967295`,
    )
  }

  async #openOrCreate(): Promise<Opened> {
    const { database } = this.#options
    const existing = await this.#openExisting()
    if (existing !== undefined) return existing
    const { connection, socket } = await this.#open(undefined)
    try {
      await withinTime(socket, timeouts(this.#options).commandMilliseconds, () =>
        connection.query(
          `create database if not exists ${this.#driver.escapeId(database, true)}
           character set utf8mb4 collate utf8mb4_bin`,
        ),
      )
    } finally {
      socket.destroy()
    }
    return this.#open(database)
  }

  async #openExisting(): Promise<Opened | undefined> {
    try {
      return await this.#open(this.#options.database)
    } catch (error) {
      if (isUnknownDatabase(error)) return undefined
      throw error
    }
  }

  async #open(database: string | undefined): Promise<Opened> {
    const { tls, host = defaultHost } = this.#options
    if (tls === undefined) return this.#openWith(database, undefined)
    if (tls.verify === 'full' && isIP(host) !== 0) {
      throw new StoreError(
        'store_unsupported',
        `${host}: mysql2 compares no address with a certificate`,
        {
          hint: 'name the server by its host name, or verify the chain alone',
        },
      )
    }
    const { checkServerIdentity: _, ...settings } = await loadTls(tls)
    try {
      return await this.#openWith(database, { ...settings, verifyIdentity: tls.verify === 'full' })
    } catch (error) {
      if (tls.optional !== true || !saysNoTls(error)) throw error
      return this.#openWith(database, undefined)
    }
  }

  async #openWith(
    database: string | undefined,
    ssl: Mysql.SslOptions | undefined,
  ): Promise<Opened> {
    const { host = defaultHost, port = defaultPort, user, password } = this.#options
    const socket = host.startsWith('/')
      ? connectSocket(host)
      : connectSocket({ host, port, keepAlive: true, noDelay: true })
    const connection = this.#driver.createConnection({
      host,
      user,
      stream: socket,
      multipleStatements: true,
      // It would note for each query where it was called, which costs a sixth of a commit.
      trace: false,
      // Without it, a row that an insertion leaves as it is counts as none.
      flags: ['-FOUND_ROWS'],
      charset: 'UTF8MB4_BIN',
      connectTimeout: timeouts(this.#options).connectMilliseconds,
      ...(password === undefined ? {} : { password }),
      ...(database === undefined ? {} : { database }),
      ...(ssl === undefined ? {} : { ssl }),
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    connection.once('connect', () => resolve())
    // It stays: an error while nothing is asked must not end the process.
    connection.on('error', reject)
    socket.once('close', () => reject(new Error('the server closed the connection')))
    try {
      await promise
      const opened = connection.promise()
      const { connectMilliseconds } = timeouts(this.#options)
      await withinTime(socket, connectMilliseconds, () => opened.query(beforeAnyQuery))
      return { connection: opened, socket }
    } catch (error) {
      socket.destroy()
      throw error
    }
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
export interface MysqlSession {
  run<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  escapeId(name: string): string
  close(): Promise<void>
}

interface Opened {
  readonly connection: Connection
  readonly socket: Socket
}

const defaultHost = '127.0.0.1'
const defaultPort = 3306

/** With a limit, even what the server says of itself would be cut; without checks, a key may be taken twice. */
const beforeAnyQuery = `
  set session sql_select_limit = 18446744073709551615, unique_checks = 1, completion_type = 0`

/** Longer than the pool lets a connection rest; it ends a transaction that its instance has forgotten. */
const longestRestSeconds = 60

function isUnknownDatabase(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === 1049
}

function saysNoTls(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT'
}

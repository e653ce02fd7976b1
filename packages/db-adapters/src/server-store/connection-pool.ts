import { randomInt } from 'node:crypto'
import { StoreError } from '../errors.ts'

/** What the pool asks of a connection. */
export interface PooledConnection {
  readonly usable: boolean
  close(): Promise<void>
  destroy(): void
}

/** The bounds of a pool. */
export interface ConnectionPoolOptions<Connection> {
  /** Where to, for messages. */
  readonly address: string
  connect(): Promise<Connection>
  /** How many connections are open at once, at most. */
  readonly maximumConnections: number
  /** How many callers may wait for one; the next is refused. */
  readonly maximumWaiting: number
  readonly waitMilliseconds: number
}

/**
 * A bounded number of connections, lent to one caller at a time, and a bounded queue for those. As long as one
 * connection lives, a failure to open another makes nobody fail; when none does, all who wait are told at once.
 *
 * No connection is used for longer than some {@link longestLifeMilliseconds}: a server is looked at when a connection is
 * opened, and may be set otherwise later, or be no longer the one that its name leads to.
 */
export class ConnectionPool<Connection extends PooledConnection> {
  readonly #options: ConnectionPoolOptions<Connection>
  /** Those lent most recently are last, and lent first. */
  readonly #idle: { readonly connection: Connection; readonly since: number }[] = []
  readonly #waiting: Waiter<Connection>[] = []
  /** When each is to be replaced, by `performance.now()`. */
  readonly #replacedAt = new WeakMap<Connection, number>()
  /** Connections that are open or being opened. */
  #count = 0
  #closed = false
  #emptied: PromiseWithResolvers<void> | undefined

  constructor(options: ConnectionPoolOptions<Connection>) {
    this.#options = options
  }

  /**
   * Lends a connection for as long as `work` takes. `first` goes before all who wait.
   *
   * @throws {StoreError} of `connect`; `store_busy` when the wait was too long or too many wait already.
   */
  async use<T>(
    work: (connection: Connection) => Promise<T>,
    { first = false }: { readonly first?: boolean } = {},
  ): Promise<T> {
    const connection = this.#takeIdle() ?? (await this.#wait(first))
    try {
      return await work(connection)
    } finally {
      this.#giveBack(connection)
    }
  }

  /** Refuses further calls, and closes each connection when it comes back. Resolves when all are closed. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#closedError())
    const idle = this.#idle.splice(0)
    await Promise.all(idle.map(({ connection }) => this.#dismiss(connection)))
    if (this.#count === 0) return
    this.#emptied ??= Promise.withResolvers<void>()
    await this.#emptied.promise
  }

  /** A connection that rested long may have been forgotten on the way: by a firewall, or by the server itself. */
  #takeIdle(): Connection | undefined {
    const oldest = performance.now() - longestRestMilliseconds
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      const { connection } = last
      if (connection.usable && last.since > oldest && !this.#isOld(connection)) return connection
      void this.#dismiss(connection)
    }
    return undefined
  }

  #isOld(connection: Connection): boolean {
    return performance.now() > (this.#replacedAt.get(connection) ?? 0)
  }

  #wait(first: boolean): Promise<Connection> {
    const { address, maximumConnections, maximumWaiting, waitMilliseconds } = this.#options
    if (this.#closed) throw this.#closedError()
    if (this.#waiting.length >= maximumWaiting) {
      throw new StoreError('store_busy', `${address}: ${maximumWaiting} callers wait already`)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Connection>()
    const waiter: Waiter<Connection> = { resolve, reject }
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      reject(
        new StoreError(
          'store_busy',
          `${address}: no connection was free for ${waitMilliseconds} ms`,
          {
            hint: 'allow more connections, or look at what the database is busy with',
          },
        ),
      )
    }, waitMilliseconds)
    if (first) this.#waiting.unshift(waiter)
    else this.#waiting.push(waiter)
    if (this.#count < maximumConnections) void this.#open()
    return promise.finally(() => clearTimeout(timer))
  }

  async #open({ again = true } = {}): Promise<void> {
    const begun = performance.now()
    this.#count++
    try {
      const connection = await this.#options.connect()
      // Those that were opened at the same moment are not replaced at the same moment.
      const life = (longestLifeMilliseconds * randomInt(700, 1000)) / 1000
      this.#replacedAt.set(connection, performance.now() + life)
      this.#giveBack(connection)
    } catch (error) {
      this.#countDown()
      if (this.#count > 0 || this.#waiting.length === 0) return
      // A server that restarts may end a connection that has only begun: that alone makes nobody fail.
      if (again && performance.now() - begun < shortMilliseconds)
        return this.#open({ again: false })
      for (const waiter of this.#waiting.splice(0)) waiter.reject(error)
    }
  }

  #giveBack(connection: Connection): void {
    if (this.#closed || (connection.usable && this.#isOld(connection))) {
      void this.#dismiss(connection)
      return
    }
    if (!connection.usable) {
      // What ended this one has ended those that rest, too, as when a server restarts: whoever tries again needs a new one.
      const resting = this.#idle.splice(0).map((each) => each.connection)
      for (const each of [connection, ...resting]) {
        each.destroy()
        void this.#dismiss(each)
      }
      return
    }
    const waiter = this.#waiting.shift()
    if (waiter) waiter.resolve(connection)
    else this.#idle.push({ connection, since: performance.now() })
  }

  async #dismiss(connection: Connection): Promise<void> {
    if (connection.usable) {
      // Those who need its place do not wait for a goodbye that nobody hears.
      const timer = setTimeout(() => connection.destroy(), goodbyeMilliseconds)
      await connection.close().catch(() => connection.destroy())
      clearTimeout(timer)
    } else {
      connection.destroy()
    }
    this.#countDown()
    // Whoever counted on this one needs another.
    if (this.#waiting.length > 0) void this.#open()
  }

  #countDown(): void {
    this.#count--
    if (this.#count === 0) this.#emptied?.resolve()
  }

  #closedError(): StoreError {
    return new StoreError('store_closed', `the store ${this.#options.address} is closed`)
  }
}

interface Waiter<Connection> {
  readonly resolve: (connection: Connection) => void
  readonly reject: (error: unknown) => void
}

const shortMilliseconds = 1000
const goodbyeMilliseconds = 1000
const longestRestMilliseconds = 30_000
const longestLifeMilliseconds = 90_000

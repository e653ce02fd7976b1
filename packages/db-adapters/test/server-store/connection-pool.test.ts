import { afterEach, describe, expect, test, vi } from 'vitest'
import { ConnectionPool } from '../../src/server-store/connection-pool.ts'

describe('a pool of connections', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('opens no more than it may, and serves all who wait in their order', async () => {
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 3 })
    const served: number[] = []
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        pool.use(async () => {
          await undefined
          served.push(index)
        }),
      ),
    )
    expect(server.connections).toHaveLength(3)
    expect(served).toEqual(Array.from({ length: 100 }, (_, index) => index))
    await pool.close()
    expect(server.connections.map(({ usable }) => usable)).toEqual([false, false, false])
  })

  test('lets one go first', async () => {
    const pool = createPool(new FakeServer(), { maximumConnections: 1 })
    const served: string[] = []
    await Promise.all([
      pool.use(async () => served.push('a')),
      pool.use(async () => served.push('b')),
      pool.use(async () => served.push('first'), { first: true }),
    ])
    expect(served).toEqual(['first', 'a', 'b'])
    await pool.close()
  })

  test('refuses the caller that the queue has no place for, at once', async () => {
    const pool = createPool(new FakeServer(), { maximumConnections: 1, maximumWaiting: 2 })
    const held = Promise.withResolvers<void>()
    const lent = Promise.withResolvers<void>()
    const first = pool.use(() => {
      lent.resolve()
      return held.promise
    })
    await lent.promise
    const waiting = [pool.use(async () => 1), pool.use(async () => 2)]
    await expect(pool.use(async () => 3)).rejects.toMatchObject({ code: 'store_busy' })
    held.resolve()
    await first
    expect(await Promise.all(waiting)).toEqual([1, 2])
    await pool.close()
  })

  test('tells who waits too long so, and goes on', async () => {
    const pool = createPool(new FakeServer(), { maximumConnections: 1, waitMilliseconds: 20 })
    const held = Promise.withResolvers<void>()
    const first = pool.use(() => held.promise)
    await expect(pool.use(async () => 1)).rejects.toMatchObject({ code: 'store_busy' })
    held.resolve()
    await first
    expect(await pool.use(async () => 2)).toBe(2)
    await pool.close()
  })

  test('gives a connection back when the work fails', async () => {
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 1 })
    await expect(pool.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await pool.use(async () => 1)).toBe(1)
    expect(server.connections).toHaveLength(1)
    await pool.close()
  })

  test('tells all who wait when none can be opened, and opens again for the next', async () => {
    const server = new FakeServer()
    server.failures = 2
    const pool = createPool(server, { maximumConnections: 1 })
    const calls = [1, 2, 3].map(() => pool.use(async () => 1))
    for (const call of calls) await expect(call).rejects.toThrow('refused')
    expect(await pool.use(async () => 2)).toBe(2)
    await pool.close()
  })

  test('fails nobody for one that cannot be opened while another lives', async () => {
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 2 })
    const held = Promise.withResolvers<void>()
    const first = pool.use(() => held.promise)
    await undefined
    server.failures = 5
    const second = pool.use(async () => 2)
    held.resolve()
    await first
    expect(await second).toBe(2)
    await pool.close()
  })

  test('uses no connection that was lost, nor those that rested meanwhile', async () => {
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 3 })
    await Promise.all([1, 2, 3].map(() => pool.use(async () => undefined)))
    await pool.use(async (connection) => connection.destroy())
    expect(server.connections.map(({ usable }) => usable)).toEqual([false, false, false])
    await pool.use(async (connection) => expect(connection.usable).toBe(true))
    expect(server.connections).toHaveLength(4)
    await pool.close()
  })

  test('replaces one that rested long in time, though its server hears no goodbye', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 1 })
    await pool.use(async (connection) => {
      connection.hearsNoGoodbye = true
    })
    await vi.advanceTimersByTimeAsync(3_600_000)
    const second = pool.use(async () => 2)
    await vi.advanceTimersByTimeAsync(1500)
    expect(server.connections).toHaveLength(2)
    expect(await second).toBe(2)
    await pool.close()
  })

  test('replaces one that is in use all the time, and not all of them at the same moment', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 4 })
    const useAll = () => Promise.all([1, 2, 3, 4].map((each) => pool.use(async () => each)))
    const opened: number[] = []
    for (let seconds = 0; seconds < 91; seconds++) {
      expect(await useAll()).toEqual([1, 2, 3, 4])
      opened.push(server.connections.length)
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect(opened[60]).toBe(4)
    expect(opened[90]).toBe(8)
    expect(new Set(opened).size).toBeGreaterThan(2)
    expect(server.connections.filter(({ usable }) => usable)).toHaveLength(4)
    await pool.close()
  })

  test('goes on with those it has while none can be opened, until they are old, and then tells why', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const server = new FakeServer()
    const pool = createPool(server, { maximumConnections: 2 })
    await Promise.all([1, 2].map(() => pool.use(async () => undefined)))
    server.failures = 100
    for (let seconds = 0; seconds < 60; seconds++) {
      expect(await pool.use(async () => 1)).toBe(1)
      await vi.advanceTimersByTimeAsync(1000)
    }
    await vi.advanceTimersByTimeAsync(31_000)
    await expect(pool.use(async () => 1)).rejects.toThrow('refused')
    server.failures = 0
    expect(await pool.use(async () => 1)).toBe(1)
    await pool.close()
  })

  test('that is closed lets those finish who have a connection, and refuses all others', async () => {
    const pool = createPool(new FakeServer(), { maximumConnections: 1 })
    const held = Promise.withResolvers<number>()
    const lent = Promise.withResolvers<void>()
    const first = pool.use(() => {
      lent.resolve()
      return held.promise
    })
    await lent.promise
    const waiting = pool.use(async () => 2)
    const closing = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'store_closed' })
    await expect(pool.use(async () => 3)).rejects.toMatchObject({ code: 'store_closed' })
    held.resolve(1)
    expect(await first).toBe(1)
    await closing
  })
})

class FakeConnection {
  usable = true
  hearsNoGoodbye = false
  readonly #destroyed = Promise.withResolvers<void>()

  async close(): Promise<void> {
    this.usable = false
    if (this.hearsNoGoodbye) await this.#destroyed.promise
  }

  destroy(): void {
    this.usable = false
    this.#destroyed.resolve()
  }
}

class FakeServer {
  readonly connections: FakeConnection[] = []
  failures = 0

  async connect(): Promise<FakeConnection> {
    if (this.failures > 0) {
      this.failures--
      throw new Error('refused')
    }
    const connection = new FakeConnection()
    this.connections.push(connection)
    return connection
  }
}

function createPool(
  server: FakeServer,
  bounds: {
    readonly maximumConnections: number
    readonly maximumWaiting?: number
    readonly waitMilliseconds?: number
  },
): ConnectionPool<FakeConnection> {
  return new ConnectionPool({
    address: 'fake://server',
    connect: () => server.connect(),
    maximumWaiting: 1000,
    waitMilliseconds: 5000,
    ...bounds,
  })
}

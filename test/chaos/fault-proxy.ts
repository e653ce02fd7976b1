import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between one instance and its database, and fails as networks fail. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** Cuts all connections, and each new one, until {@link FaultProxy.restore}. */
  refuse(): void
  /** Cuts all connections there are; new ones work. */
  cut(): void
  /** Forwards nothing until {@link FaultProxy.restore}, and then what had come meanwhile. */
  stall(): void
  /** Holds everything back for so long. */
  delay(milliseconds: number): void
  /** Lets each commit pass, and cuts its connection in place of the answer. */
  loseAnswers(): void
  /** Cuts the connection of each commit, which the database never hears. */
  loseCommits(): void
  /** Forwards everything again. */
  restore(): void
  /** How many commits, or answers to them, were lost. */
  readonly lost: number
}

/** Starts a proxy to a database server, on a port of its own. */
export async function startFaultProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  let mode: 'forward' | 'refuse' | 'stall' = 'forward'
  let loses: 'answers' | 'commits' | undefined
  let delayMilliseconds = 0
  let lost = 0

  function cut(): void {
    for (const socket of sockets) socket.destroy()
  }

  /** Hands on what comes: at once, later, when it is restored, or never. */
  function forward(from: Socket, to: Socket, look: (octets: Buffer) => 'pass' | 'drop'): void {
    from.on('data', (octets) => {
      if (look(octets) === 'drop') return
      if (delayMilliseconds > 0) setTimeout(() => to.write(octets), delayMilliseconds)
      else to.write(octets)
      if (mode === 'stall') from.pause()
    })
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('error', () => to.destroy())
    sockets.add(from)
    if (mode === 'stall') from.pause()
  }

  function join(client: Socket, upstream: Socket): void {
    let isDoomed = false
    forward(client, upstream, (octets) => {
      if (loses === undefined || isDoomed || !isCommit(octets)) return 'pass'
      lost += 1
      isDoomed = true
      if (loses === 'commits') {
        client.destroy()
        return 'drop'
      }
      setTimeout(() => client.destroy(), timeToCommitMilliseconds)
      return 'pass'
    })
    forward(upstream, client, () => (isDoomed ? 'drop' : 'pass'))
  }

  const server = createServer((client) => {
    if (mode === 'refuse') return client.destroy()
    const upstream = connect({ ...target, noDelay: true })
    client.setNoDelay(true)
    join(client, upstream)
    return client
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    port,
    get lost() {
      return lost
    },
    refuse() {
      mode = 'refuse'
      cut()
    },
    cut,
    stall() {
      mode = 'stall'
      for (const socket of sockets) socket.pause()
    },
    delay(milliseconds) {
      delayMilliseconds = milliseconds
    },
    loseAnswers() {
      loses = 'answers'
    },
    loseCommits() {
      loses = 'commits'
    },
    restore() {
      mode = 'forward'
      loses = undefined
      delayMilliseconds = 0
      for (const socket of sockets) socket.resume()
    },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Long enough for the database to commit what it was sent. */
const timeToCommitMilliseconds = 50

/**
 * Whether what is sent to the database ends a transaction: by the word, at the end of a query; or as PostgreSQL does, by a
 * Sync after inserts. Those that are only prepared have their text with them.
 */
function isCommit(octets: Buffer): boolean {
  const end = octets.subarray(-7).toString('latin1')
  if (end.endsWith('commit') || end.endsWith('commit\0')) return true
  return octets.includes('mayfly_insert_') && !octets.includes('insert into')
}

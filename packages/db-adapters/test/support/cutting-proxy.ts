import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a store and its server, and fails as networks fail. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number
  /** Cuts the connection whose answer comes next, or comes after so many, in its stead. */
  cutNextAnswer(options?: { readonly after: number }): void
  /** Cuts the connection whose question comes next; the server never hears it. */
  cutNextQuestion(): void
  /** Cuts all connections, and each new one, until {@link CuttingProxy.restore}. */
  refuse(): void
  /** Forwards nothing more until {@link CuttingProxy.restore}, and cuts nothing. */
  fallSilent(): void
  /** Does so once this many answers have been forwarded. */
  fallSilentAfter(answers: number): void
  /** Forwards everything again, and forgets what was to be cut. */
  restore(): void
  /** How many connections have been opened. */
  readonly opened: number
}

/** Starts a proxy to a server, on a port of its own. */
export async function startCuttingProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  let mode: 'forward' | 'refuse' | 'silent' = 'forward'
  let cut: 'answer' | 'question' | undefined
  let toPass = 0
  let toHear = Number.POSITIVE_INFINITY
  let opened = 0

  function join(from: Socket, to: Socket, what: 'answer' | 'question'): void {
    from.on('data', (octets) => {
      if (what === 'answer' && toHear-- === 0) mode = 'silent'
      if (cut === what && toPass-- === 0) {
        cut = undefined
        from.destroy()
        to.destroy()
      } else if (mode === 'forward') {
        to.write(octets)
      }
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
    sockets.add(from)
    from.on('close', () => sockets.delete(from))
  }

  const server = createServer((client) => {
    opened++
    if (mode === 'refuse') return client.destroy()
    const upstream = connect({ ...target, noDelay: true })
    client.setNoDelay(true)
    join(client, upstream, 'question')
    join(upstream, client, 'answer')
    return client
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    port,
    get opened() {
      return opened
    },
    cutNextAnswer({ after } = { after: 0 }) {
      cut = 'answer'
      toPass = after
    },
    cutNextQuestion() {
      cut = 'question'
      toPass = 0
    },
    refuse() {
      mode = 'refuse'
      for (const socket of sockets) socket.destroy()
    },
    fallSilent() {
      mode = 'silent'
    },
    fallSilentAfter(answers) {
      toHear = answers
    },
    restore() {
      mode = 'forward'
      toHear = Number.POSITIVE_INFINITY
      cut = undefined
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

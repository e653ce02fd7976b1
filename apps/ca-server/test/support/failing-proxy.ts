import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between an instance and its database, and fails as networks and servers fail. */
export interface FailingProxy extends AsyncDisposable {
  readonly port: number
  /** Cuts all connections, and each new one. */
  refuse(): void
  /** Lets the questions through that come next, so many, and cuts all connections with the answer to the last. */
  refuseAtAnswer(count: number): void
  /** Holds back what the database says for so long. */
  delay(milliseconds: number): void
  /** Forwards nothing, and cuts nothing. */
  fallSilent(): void
  /** Forwards everything again; what was held back meanwhile is lost. */
  restore(): void
}

type Mode =
  | { readonly kind: 'forward'; readonly delayMilliseconds: number }
  | { readonly kind: 'silent' | 'refuse' }
  | { readonly kind: 'answers'; left: number }

const forward: Mode = { kind: 'forward', delayMilliseconds: 0 }

/** Starts a proxy to a server, on a port of its own. */
export async function startFailingProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<FailingProxy> {
  const sockets = new Set<Socket>()
  let mode: Mode = forward

  function refuse(): void {
    mode = { kind: 'refuse' }
    for (const socket of sockets) socket.destroy()
  }

  function pass(octets: Buffer, to: Socket): void {
    if (mode.kind !== 'forward' || mode.delayMilliseconds === 0) to.write(octets)
    else setTimeout(() => to.write(octets), mode.delayMilliseconds)
  }

  function join(from: Socket, to: Socket, isAnswer: boolean): void {
    from.on('data', (octets) => {
      if (mode.kind === 'silent') return
      if (mode.kind === 'answers' && isAnswer) {
        mode.left -= 1
        if (mode.left === 0) return refuse()
      }
      if (isAnswer) pass(octets, to)
      else to.write(octets)
    })
    from.on('error', () => undefined)
    sockets.add(from)
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }

  const server = createServer((client) => {
    if (mode.kind === 'refuse') return client.destroy()
    const upstream = connect({ ...target, noDelay: true })
    client.setNoDelay(true)
    join(client, upstream, false)
    join(upstream, client, true)
    return client
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    refuse,
    refuseAtAnswer: (count) => {
      mode = { kind: 'answers', left: count }
    },
    delay: (delayMilliseconds) => {
      mode = { kind: 'forward', delayMilliseconds }
    },
    fallSilent: () => {
      mode = { kind: 'silent' }
    },
    restore: () => {
      mode = forward
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Endpoint } from './proxy-header.ts'

/** One connection and what is being done on it; a client may send its next requests before it has the answers. */
interface Connection {
  readonly socket: Socket
  /** Whose it is, where a balancer has said so. */
  client: Endpoint | undefined
  /** Requests that are worked on. */
  handling: number
  /** Requests whose answer is on its way. */
  answering: number
  latest: IncomingMessage | undefined
  /** Nothing more can be read; it ends with the last answer. */
  isBroken: boolean
}

/** The connections of a listener, by the peer's address, since a TLS socket does not tell which one it wraps. */
export class Connections {
  readonly #byPeer = new Map<string, Connection>()

  add(socket: Socket): void {
    const peer = peerOf(socket)
    const connection = createConnection(socket)
    this.#byPeer.set(peer, connection)
    socket.once('close', () => {
      // The peer may have connected anew from the same port.
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer)
    })
  }

  /** Remembers whose connection a balancer has handed on. */
  setClient(socket: Socket, client: Endpoint): void {
    const connection = this.#find(socket)
    if (connection !== undefined) connection.client = client
  }

  /** Finds the connection that a TLS socket wraps, as long as it is open. */
  findWrapped(socket: Socket): Socket | undefined {
    return this.#find(socket)?.socket
  }

  /** Finds whose a connection is: the client that a balancer has named, else the peer itself. */
  findClient(socket: Socket): Endpoint {
    return this.#find(socket)?.client ?? socket
  }

  /** Remembers a request until its answer is sent, or its connection gone. Call what is returned when it is handled. */
  addRequest(request: IncomingMessage, response: ServerResponse): () => void {
    const connection = this.#find(request.socket) ?? createConnection(request.socket)
    let isHandled = false
    connection.handling += 1
    connection.latest = request
    response.once('close', () => {
      if (isHandled) connection.answering -= 1
      else connection.handling -= 1
      isHandled = true
      if (connection.isBroken && isQuiet(connection)) request.socket.destroySoon()
    })
    return () => {
      if (isHandled) return
      isHandled = true
      connection.handling -= 1
      connection.answering += 1
    }
  }

  /** Whether a request is worked on, which takes the time it takes. */
  isHandling(socket: Socket): boolean {
    return (this.#find(socket)?.handling ?? 0) > 0
  }

  /**
   * What to do about octets that are no HTTP: `refuse` them, `drop` the connection in the middle of a body whose
   * request has its answer, or `wait` for the answers to what came before, whose place a refusal would take.
   */
  judgeMalformed(socket: Socket): 'refuse' | 'drop' | 'wait' {
    const connection = this.#find(socket)
    if (connection === undefined || isQuiet(connection)) return 'refuse'
    if (connection.latest?.complete) {
      connection.isBroken = true
      return 'wait'
    }
    return connection.handling === 1 && connection.answering === 0 ? 'refuse' : 'drop'
  }

  /** Closes the connections on which there is nothing to finish. */
  destroyQuiet(): void {
    for (const connection of this.#byPeer.values()) {
      if (isQuiet(connection)) connection.socket.destroy()
    }
  }

  destroyAll(): void {
    for (const { socket } of this.#byPeer.values()) socket.destroy()
  }

  #find(socket: Socket): Connection | undefined {
    return this.#byPeer.get(peerOf(socket))
  }
}

/** Names a peer as `address:port`. */
export function peerOf({ remoteAddress, remotePort }: Endpoint): string {
  const address = remoteAddress ?? 'unknown'
  return `${address.includes(':') ? `[${address}]` : address}:${remotePort ?? 0}`
}

function createConnection(socket: Socket): Connection {
  return {
    socket,
    client: undefined,
    handling: 0,
    answering: 0,
    latest: undefined,
    isBroken: false,
  }
}

function isQuiet({ handling, answering }: Connection): boolean {
  return handling + answering === 0
}

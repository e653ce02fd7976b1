import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { ProcessLog } from '../log/process-log.ts'
import { ServerError } from '../server-error.ts'
import { type FindBalancer, readBalancedClient } from './balancers.ts'
import { Connections, peerOf } from './connections.ts'
import { describeListenError, type ListenAddress } from './listen-address.ts'
import { refuseMalformedRequest } from './malformed-request.ts'
import type { SetTimer } from './serving-certificate.ts'

/** The most that a listener gives to its clients. */
export interface Limits {
  /** For a handshake, a header, a whole request, the next request, and a client that reads slowly. */
  readonly timeoutMilliseconds: number
  readonly maximumHeaderOctets: number
  readonly maximumConnections: number
  /** How long a shutdown waits for connections that have not sent a request. */
  readonly silentGraceMilliseconds: number
  /** How long a shutdown waits for requests. */
  readonly drainMilliseconds: number
}

export const defaultLimits: Limits = {
  timeoutMilliseconds: 15_000,
  // A renewal token carries a chain; three RSA certificates of 4096 bits fit.
  maximumHeaderOctets: 32 * 1024,
  maximumConnections: 4096,
  silentGraceMilliseconds: 2_000,
  drainMilliseconds: 60_000,
}

/** Answers one request of the client at `remoteAddress`. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  remoteAddress: string,
) => Promise<void>

/** What new connections are treated by. */
export interface ConnectionSettings {
  readonly context: SecureContextOptions
  /** Whose connections begin with a PROXY protocol header. */
  readonly isBalancer: FindBalancer
}

export interface ListenerOptions extends ConnectionSettings {
  readonly handle: RequestHandler
  readonly limits: Limits
  readonly log: ProcessLog
  readonly setTimer: SetTimer
}

/** An HTTPS server on one address. */
export class Listener {
  readonly #server: Server
  readonly #options: ListenerOptions
  readonly #connections = new Connections()
  /** Connections whose handshake is done. */
  readonly #secured = new WeakSet<Socket>()
  /** Connections, as they were accepted, of whose handshake is known how it ended. */
  readonly #settled = new WeakSet<Socket>()
  #isBalancer: FindBalancer
  #isDraining = false
  #accepted = 0
  #isTellingOfDrops = false

  constructor(options: ListenerOptions) {
    const { limits, context } = options
    this.#options = options
    this.#isBalancer = options.isBalancer
    this.#server = createServer({
      ...context,
      requestCert: true,
      // Whoever needs the certificate judges it, in each request.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: limits.timeoutMilliseconds,
      headersTimeout: limits.timeoutMilliseconds,
      requestTimeout: limits.timeoutMilliseconds,
      keepAliveTimeout: limits.timeoutMilliseconds,
      connectionsCheckingInterval: Math.min(limits.timeoutMilliseconds, 1000),
      maxHeaderSize: limits.maximumHeaderOctets,
      noDelay: true,
    })
    this.#server.maxConnections = limits.maximumConnections
    // What begins the handshake; a balancer's connection comes to it after its header.
    const beginners = this.#server.listeners('connection')
    this.#server.removeAllListeners('connection')
    this.#server.on('connection', (socket: Socket) => {
      this.#accepted += 1
      this.#connections.add(socket)
      const begin = (): void => {
        const peer = this.#describePeer(socket)
        socket.once('close', () => this.#onClose(socket, peer))
        for (const each of beginners) each.call(this.#server, socket)
      }
      if (this.#isBalancer(socket)) void this.#readClient(socket, begin)
      else begin()
    })
    this.#server.on('drop', () => this.#onDrop())
    this.#server.on('secureConnection', (socket) => {
      this.#secured.add(socket)
      this.#settle(socket)
    })
    this.#server.on('request', (request, response) => this.#onRequest(request, response))
    this.#server.setTimeout(limits.timeoutMilliseconds, (socket: Socket) => {
      if (!this.#connections.isHandling(socket)) socket.destroy()
    })
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      this.#onClientError(error, socket),
    )
  }

  /**
   * Begins to accept connections and returns the port.
   *
   * @throws {ServerError} `listen_failed`.
   */
  async listen({ host, port }: ListenAddress): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    this.#server.listen({ port, ...(host === '' ? {} : { host }) }, resolve)
    try {
      await promise
    } catch (cause) {
      const { message, hint } = describeListenError({ host, port }, cause)
      throw new ServerError('listen_failed', message, { cause, hint })
    } finally {
      this.#server.off('error', reject)
    }
    // Accepting may fail for want of descriptors; that passes.
    this.#server.on('error', ({ message }) => this.#options.log(`http: Accept error: ${message}`))
    return portOf(this.#server.address())
  }

  /** New connections are treated by these; those that stand stay as they are. */
  replaceSettings({ context, isBalancer }: ConnectionSettings): void {
    this.#server.setSecureContext(context)
    this.#isBalancer = isBalancer
  }

  /** Stops accepting, lets running requests finish, and resolves when no connection is left. */
  async drain(): Promise<void> {
    const { limits, setTimer } = this.#options
    this.#isDraining = true
    await this.#acceptBacklog()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    const cancelSilent = setTimer(
      () => this.#connections.destroyQuiet(),
      limits.silentGraceMilliseconds,
    )
    const cancelAll = setTimer(() => this.destroy(), limits.drainMilliseconds)
    await promise
    cancelSilent()
    cancelAll()
  }

  /** Closes every connection at once. */
  destroy(): void {
    this.#isDraining = true
    this.#server.close()
    this.#connections.destroyAll()
  }

  /**
   * Takes what the kernel has accepted already, which closing would reset. One connection comes a turn of the event
   * loop; it is bounded, for more may come forever.
   */
  async #acceptBacklog(): Promise<void> {
    let quietTurns = 0
    for (let turn = 0; turn < maximumBacklog && quietTurns < 3; turn += 1) {
      const before = this.#accepted
      await new Promise<void>((resolve) => setImmediate(resolve))
      quietTurns = this.#accepted === before ? quietTurns + 1 : 0
    }
  }

  async #readClient(socket: Socket, begin: () => void): Promise<void> {
    const { timeoutMilliseconds } = this.#options.limits
    const named = await readBalancedClient(socket, { ...this.#options, timeoutMilliseconds })
    if (named === undefined) return
    if (named.client !== undefined) this.#connections.setClient(socket, named.client)
    begin()
  }

  /** Says at most once a minute that there is no room. */
  #onDrop(): void {
    const { limits, log, setTimer } = this.#options
    if (this.#isTellingOfDrops) return
    this.#isTellingOfDrops = true
    log(`http: ${limits.maximumConnections} connections are open, further ones are closed at once`)
    setTimer(() => {
      this.#isTellingOfDrops = false
    }, 60_000)
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const finishHandling = this.#connections.addRequest(request, response)
    if (this.#isDraining) response.shouldKeepAlive = false
    const { remoteAddress = '' } = this.#connections.findClient(request.socket)
    const handled = this.#options
      .handle(request, response, remoteAddress)
      .catch((error: unknown) => {
        this.#options.log(`http: serving ${this.#describePeer(request.socket)} failed: ${error}`)
        request.socket.destroy()
      })
    void handled.then(finishHandling)
  }

  /** Of a connection that is gone already nobody knows any more whose it was; its own end tells. */
  #onFailedHandshake(error: NodeJS.ErrnoException, socket: Socket): void {
    if (this.#settle(socket)) {
      this.#tellFailedHandshake(this.#describePeer(socket), reasonOf(error))
    }
    socket.destroy()
  }

  #onClose(socket: Socket, peer: string): void {
    if (this.#settled.has(socket) || this.#isDraining) return
    this.#tellFailedHandshake(peer, 'the connection was closed')
  }

  /** Returns whether the connection is still there. */
  #settle(secured: Socket): boolean {
    const socket = this.#connections.findWrapped(secured)
    if (socket !== undefined) this.#settled.add(socket)
    return socket !== undefined
  }

  #tellFailedHandshake(peer: string, reason: string): void {
    this.#options.log(`http: TLS handshake error from ${peer}: ${reason}`)
  }

  #describePeer(socket: Socket): string {
    return peerOf(this.#connections.findClient(socket))
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!this.#secured.has(socket)) {
      this.#onFailedHandshake(error, socket)
      return
    }
    const judgement = this.#connections.judgeMalformed(socket)
    if (judgement === 'refuse') refuseMalformedRequest(socket, error)
    else if (judgement === 'drop') socket.destroy()
  }
}

/** Node's default for `listen`. */
const maximumBacklog = 511

/** OpenSSL's messages end with a line feed and begin with where in its sources they arose. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : error.message
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

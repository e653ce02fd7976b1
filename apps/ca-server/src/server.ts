import type { AuthorityHost } from '@mayfly/authority-host'
import type { Validity } from '@mayfly/x509-profiles'
import { createRequestHandler, type Running } from './http/request-handler.ts'
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from './https/listen-address.ts'
import { defaultLimits, type Limits, Listener } from './https/listener.ts'
import { createPeerCertificates } from './https/peer-certificate.ts'
import {
  issueServingCertificate,
  type RenewalTimer,
  type ServingCertificate,
  type SetTimer,
  startRenewalTimer,
} from './https/serving-certificate.ts'
import { createTlsOptions, type TlsOptions } from './https/tls-options.ts'
import { createAccessLog } from './log/access-log.ts'
import type { ProcessLog } from './log/process-log.ts'

/** What a server is made of. */
export interface CaServerOptions {
  readonly host: Pick<AuthorityHost, 'authority' | 'configuration' | 'reload'>
  /** Lines about the process. */
  readonly log: ProcessLog
  /** Lines of the access log. */
  readonly writeAccessLine: (line: string) => void
  /** Leaves successful requests of `/health` out of the access log. */
  readonly logWithoutHealth?: boolean
  readonly limits?: Partial<Limits>
  readonly now: () => Date
  readonly monotonicMilliseconds: () => number
  readonly random: (length: number) => Uint8Array
  readonly setTimer: SetTimer
}

/** The HTTPS server of one authority. */
export interface CaServer extends AsyncDisposable {
  /** Where it listens, as the configuration names it but with the real port. */
  readonly address: ListenAddress
  /**
   * Takes over the configuration as it is now. Requests that run finish under the one they began with.
   *
   * @throws {HostError | ServerError} when it cannot be used; the one in force then stays.
   */
  reload(): Promise<void>
  /** Stops accepting and resolves when the requests that run are answered, or their time is up. */
  shutdown(): Promise<void>
  /** Closes every connection at once. */
  destroy(): void
}

/**
 * Starts to serve an authority at the address of its configuration.
 *
 * @throws {ServerError} `listen_failed` or `tls_unsupported`.
 */
export async function createServer(options: CaServerOptions): Promise<CaServer> {
  const { host, log, now, random, setTimer } = options
  const limits: Limits = { ...defaultLimits, ...options.limits }
  const findPeerCertificate = createPeerCertificates()
  const handle = createRequestHandler({
    ...options,
    findRunning: () => state.running,
    findPeerCertificate,
  })
  const draining = new Set<Promise<void>>()
  let state = await open(await prepare())
  let isShutDown = false
  let timer = startTimer()

  /** Proves everything of the host's configuration that can be proven without touching what runs. */
  async function prepare(): Promise<Prepared> {
    const { authority, configuration } = host
    log('Building new tls configuration using mayfly-ca x509 Signer Interface')
    const tlsOptions = createTlsOptions(configuration.tls, authority)
    const serving = await issueServingCertificate(authority, configuration)
    const { logger } = configuration
    const accessLog = logger && {
      accessLog: createAccessLog({
        format: logger.format,
        withoutHealth: options.logWithoutHealth ?? false,
        write: options.writeAccessLine,
        now,
      }),
    }
    return { running: { authority, configuration, ...accessLog }, tlsOptions, serving }
  }

  async function open(prepared: Prepared): Promise<State> {
    const { tlsOptions, serving } = prepared
    const context = { ...tlsOptions, key: serving.key, cert: serving.cert }
    const listener = new Listener({ context, handle, limits, log, setTimer })
    const address = parseListenAddress(prepared.running.configuration.address)
    const port = await listener.listen(address)
    return { ...prepared, listener, address: { ...address, port } }
  }

  function install(serving: ServingCertificate): void {
    const { listener, tlsOptions } = state
    listener.replaceContext({ ...tlsOptions, key: serving.key, cert: serving.cert })
  }

  function startTimer(): RenewalTimer {
    return startRenewalTimer({
      validity: state.serving.validity,
      renew: renewServingCertificate,
      onFailure: (error) =>
        log(
          `error renewing the serving certificate: ${error instanceof Error ? error.message : error}`,
        ),
      now,
      random,
      setTimer,
    })
  }

  async function renewServingCertificate(): Promise<Validity> {
    const { authority, configuration } = state.running
    const serving = await issueServingCertificate(authority, configuration)
    install(serving)
    return serving.validity
  }

  async function reload(): Promise<void> {
    await host.reload()
    const prepared = await prepare()
    const previous = state
    if (prepared.running.configuration.address === previous.running.configuration.address) {
      state = { ...prepared, listener: previous.listener, address: previous.address }
      install(prepared.serving)
    } else {
      state = await open(prepared)
      retire(previous.listener)
    }
    log(`Serving HTTPS on ${formatListenAddress(state.address)} ...`)
    timer.stop()
    if (!isShutDown) timer = startTimer()
  }

  function retire(listener: Listener): void {
    const done = listener.drain().finally(() => draining.delete(done))
    draining.add(done)
  }

  async function shutdown(): Promise<void> {
    isShutDown = true
    timer.stop()
    await Promise.all([state.listener.drain(), ...draining])
  }

  return {
    get address() {
      return state.address
    },
    reload,
    shutdown,
    destroy: () => {
      timer.stop()
      state.listener.destroy()
    },
    [Symbol.asyncDispose]: shutdown,
  }
}

/** A configuration that may go into force. */
interface Prepared {
  readonly running: Running
  readonly tlsOptions: TlsOptions
  readonly serving: ServingCertificate
}

/** What is in force, and where. */
interface State extends Prepared {
  readonly listener: Listener
  readonly address: ListenAddress
}

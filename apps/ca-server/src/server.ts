import type { SecureContextOptions } from 'node:tls'
import type { AuthorityHost } from '@mayfly/authority-host'
import type { Validity } from '@mayfly/x509-profiles'
import { createHealth } from './health/health.ts'
import { createRequestHandler, type Running } from './http/request-handler.ts'
import { createNameBearers } from './https/acceptable-authorities.ts'
import { createBalancers } from './https/balancers.ts'
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from './https/listen-address.ts'
import { type ConnectionSettings, defaultLimits, type Limits, Listener } from './https/listener.ts'
import { createPeerCertificates } from './https/peer-certificate.ts'
import {
  issueServingCertificate,
  type RenewalTimer,
  type ServingCertificate,
  type SetTimer,
  startRenewalTimer,
} from './https/serving-certificate.ts'
import { assertTlsWorks, createTlsOptions, type TlsOptions } from './https/tls-options.ts'
import { createAccessLog } from './log/access-log.ts'
import type { LineWriter } from './log/line-writer.ts'
import type { ProcessLog } from './log/process-log.ts'

/** What a server is made of. */
export interface CaServerOptions {
  readonly host: Pick<
    AuthorityHost,
    | 'authority'
    | 'configuration'
    | 'store'
    | 'prepareReload'
    | 'revision'
    | 'newestRevision'
    | 'revisionRefusal'
  >
  /** The name of this instance, which no other has, nor another life of this one. */
  readonly instance: string
  /** Lines about the process. */
  readonly log: ProcessLog
  /** Where the lines of the access log go. */
  readonly accessLines: Pick<LineWriter, 'write' | 'findDelay'>
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
  const health = createHealth(options)
  let state = await open(await prepare(host))
  let isShutDown = false
  let timer = startTimer()

  /** Proves everything of a configuration that can be proven without touching what runs. */
  async function prepare({ authority, configuration }: Source): Promise<Prepared> {
    log('Building new tls configuration using mayfly-ca x509 Signer Interface')
    const acceptable = await createNameBearers([...authority.roots, ...authority.chain], options)
    const tlsOptions = createTlsOptions(configuration.tls, acceptable)
    const serving = await issueServingCertificate(authority, configuration)
    assertTlsWorks(contextOf({ tlsOptions, serving }))
    const { logger } = configuration
    const accessLog = logger && {
      accessLog: createAccessLog({
        format: logger.format,
        withoutHealth: options.logWithoutHealth ?? false,
        write: options.accessLines.write,
        now,
      }),
    }
    return { running: { authority, configuration, health, ...accessLog }, tlsOptions, serving }
  }

  async function open(prepared: Prepared): Promise<State> {
    const listener = new Listener({ ...settingsOf(prepared), handle, limits, log, setTimer })
    const address = parseListenAddress(prepared.running.configuration.address)
    const port = await listener.listen(address)
    return { ...prepared, listener, address: { ...address, port } }
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
    const renewed = state
    const { authority, configuration } = renewed.running
    const serving = await issueServingCertificate(authority, configuration)
    // A reload in the meantime has brought a certificate of its own.
    if (state === renewed) {
      state = { ...renewed, serving }
      state.listener.replaceSettings(settingsOf(state))
    }
    return serving.validity
  }

  /** Whatever may fail comes first; then everything is switched without a pause. */
  async function reload(): Promise<void> {
    const reading = await host.prepareReload()
    const prepared = await prepare(reading)
    const previous = state
    if (prepared.running.configuration.address === previous.running.configuration.address) {
      state = { ...prepared, listener: previous.listener, address: previous.address }
      state.listener.replaceSettings(settingsOf(state))
    } else {
      state = await open(prepared)
      retire(previous.listener)
    }
    reading.commit()
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
    health.drain()
    timer.stop()
    await Promise.all([state.listener.drain(), ...draining])
    health.stop()
  }

  return {
    get address() {
      return state.address
    },
    reload,
    shutdown,
    destroy: () => {
      timer.stop()
      health.stop()
      state.listener.destroy()
    },
    [Symbol.asyncDispose]: shutdown,
  }
}

/** What a server is prepared from. */
type Source = Pick<AuthorityHost, 'authority' | 'configuration'>

function contextOf({
  tlsOptions,
  serving: { key, cert },
}: Pick<Prepared, 'tlsOptions' | 'serving'>): SecureContextOptions {
  return { ...tlsOptions, key, cert }
}

function settingsOf(prepared: Prepared): ConnectionSettings {
  const { proxyProtocol } = prepared.running.configuration.mayfly
  return { context: contextOf(prepared), isBalancer: createBalancers(proxyProtocol) }
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

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createCaClient } from '@mayfly/ca-client'
import { describeFileError, type KeyType } from '@mayfly/keystore-hsm'
import { type Certificate, equalCertificates } from '@mayfly/x509-profiles'
import type { Clock } from './clock.ts'
import { createRenewalDaemon } from './daemon.ts'
import { RenewalError } from './errors.ts'
import { encodeChainPem } from './internal/certificate-file.ts'
import { createKeptFiles, type KeptFiles } from './internal/files.ts'
import { createHookQueue } from './internal/hooks.ts'
import { tell } from './internal/tell.ts'
import type { RekeyClient } from './renewal-client.ts'
import type { RenewalEvent } from './renewal-event.ts'
import type { KeptCertificate, RenewalEntry, RenewalStatus } from './renewal-options.ts'
import { createSystemClock } from './system-clock.ts'

/** A certificate with its intermediates and its key, as `tls.createSecureContext` and `server.setSecureContext` take them. */
export interface TlsIdentity {
  /** PEM. */
  readonly cert: string
  /** PEM, in the clear. */
  readonly key: string
  readonly certificate: Certificate
}

export interface KeepRenewedOptions {
  /** Path of the PEM file with the certificate and its intermediates. */
  readonly certificate: string
  /** Path of the private key in PEM. */
  readonly key: string
  /** Asked for when the key is encrypted. */
  readonly password?: (() => Promise<string>) | undefined
  /** Who renews: a `CaClient`, or the CA's address and the path of its root certificate in PEM. */
  readonly ca: RekeyClient | { readonly url: string; readonly root: string }
  /** Called with each new certificate: ours, or what another program has put there. What it throws is an event. */
  readonly onRenewed?: ((identity: TlsIdentity) => void | Promise<void>) | undefined
  /** For the log: failures are told here and nowhere else. */
  readonly onEvent?: ((event: RenewalEvent) => void) | undefined
  /** A new key with each certificate. */
  readonly rekey?: { readonly keyType?: KeyType | undefined } | undefined
  readonly expiresInMilliseconds?: number | undefined
  readonly renewPeriodMilliseconds?: number | undefined
  /** How often the time and the files are looked at, default each minute. */
  readonly lookEveryMilliseconds?: number | undefined
  /** Default the machine's; its waits do not keep the process from ending. */
  readonly clock?: Clock | undefined
}

/** A certificate that is kept renewed while the service runs. */
export interface KeptRenewed extends AsyncDisposable {
  /** What to serve with, or show, now. */
  readonly current: TlsIdentity
  renewNow(): void
  status(): RenewalStatus
  /** Ends the renewals, when what is being replaced is in place. */
  stop(): Promise<void>
}

/**
 * Keeps the certificate of this process renewed, until it is stopped or the process ends, which it does not hinder.
 *
 * Whatever goes wrong later is an event, never an error thrown.
 *
 * @throws {RenewalError} `certificate_unreadable`, `key_differs` when there is nothing good to begin with.
 * @throws {KeystoreError} when the key cannot be read.
 * @throws {CaClientError} `url_invalid`; {ProfileError} when the root cannot be read.
 */
export async function keepRenewed(options: KeepRenewedOptions): Promise<KeptRenewed> {
  const {
    ca,
    certificate: certificatePath,
    rekey,
    clock = createSystemClock({ keepsAlive: false }),
  } = options
  const ending = new AbortController()
  const hooks = createHookQueue((error) => tell(options.onEvent, { type: 'hook_failed', error }))

  const { client, close } = await connect(ca)
  const key = { path: options.key, password: options.password }
  // All that is handed over stands in one line: nothing newer is overtaken.
  const onRenewed = (kept: KeptCertificate) => hooks.add(() => deliver(kept))
  const fields = { ...options, certificatePath, key, client, onRenewed }
  const entry: RenewalEntry = rekey === undefined ? { ...fields, rekey } : { ...fields, rekey }
  const files = createKeptFiles(entry)

  let current: TlsIdentity
  try {
    await files.resume()
    current = encodeIdentity(await files.loadPair())
  } catch (error) {
    close()
    throw error
  }

  async function deliver(kept: KeptCertificate): Promise<void> {
    if (equalCertificates(kept.certificate, current.certificate)) return
    current = encodeIdentity(kept)
    await options.onRenewed?.(current)
  }

  async function takeIn({ certificate }: { readonly certificate: Certificate }): Promise<void> {
    if (equalCertificates(certificate, current.certificate)) return
    await deliver(await loadSettledPair(files, clock, ending.signal))
  }

  function onEvent(event: RenewalEvent): void {
    // The first plan, too: the file may have been replaced since it was read above.
    if (event.type === 'replaced' || event.type === 'scheduled') hooks.add(() => takeIn(event))
    tell(options.onEvent, event)
  }

  const daemon = createRenewalDaemon({ ...entry, clock, random: randomBytes, onEvent })
  const ended = daemon.run(ending.signal).then(() => hooks.settle())

  async function stop(): Promise<void> {
    ending.abort()
    await ended
    close()
  }

  return {
    get current() {
      return current
    },
    renewNow: daemon.renewNow,
    status: daemon.status,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function connect(
  ca: KeepRenewedOptions['ca'],
): Promise<{ readonly client: RekeyClient; close(): void }> {
  if (!('root' in ca)) return { client: ca, close: () => undefined }
  const roots = await readFile(ca.root, 'utf8').catch((cause) => {
    const reason = describeFileError(cause)
    throw new RenewalError('certificate_unreadable', `error reading ${ca.root}: ${reason}`, {
      cause,
    })
  })
  const client = createCaClient({ url: ca.url, roots })
  return { client, close: () => client.close() }
}

/** Programs that replace key and certificate do so one after the other. */
async function loadSettledPair(
  files: KeptFiles,
  clock: Clock,
  signal: AbortSignal,
): Promise<KeptCertificate> {
  for (let second = 0; ; second += 1) {
    try {
      return await files.loadPair()
    } catch (error) {
      if (second === settlingSeconds || signal.aborted) throw error
      await clock.wait(1000, signal)
    }
  }
}

const settlingSeconds = 60

function encodeIdentity({ certificate, chain, privateKey }: KeptCertificate): TlsIdentity {
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { cert: encodeChainPem(chain), key, certificate }
}

import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRenewalDaemon,
  type RenewalDaemon,
  type RenewalDaemonOptions,
  type RenewalEvent,
} from '@mayfly/renew-scheduler'
import { type Certificate, parseCertificatePem } from '@mayfly/x509-profiles'
import { generateKey } from './renewing-ca.ts'
import { createSimulatedClock, type SimulatedClock } from './simulated-clock.ts'
import { createVirtualCa, encodeChain, type VirtualCa } from './virtual-ca.ts'

export type Occurrence = RenewalEvent & { readonly elapsed: number }

/** A folder with a certificate and its key, a CA and a clock for daemons to be tried on. */
export interface DaemonBench extends AsyncDisposable {
  readonly folder: string
  readonly certificatePath: string
  readonly keyPath: string
  readonly privateKey: KeyObject
  readonly clock: SimulatedClock
  readonly ca: VirtualCa
  readonly events: Occurrence[]
  /** Starts a daemon that is ended with the bench, or by `end`. */
  start(options?: object): { readonly daemon: RenewalDaemon; end(): Promise<void> }
  /** Puts another certificate of the same key into the file, as another program would. */
  replace(): Promise<Certificate>
  /** What the file holds. */
  installed(): Certificate
  types(): string[]
}

export const benchStart: Date = new Date('2026-11-23T08:00:00Z')

export async function createDaemonBench(
  lifetime: number = 24 * 3_600_000,
  random: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): Promise<DaemonBench> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-daemon-'))
  const [certificatePath, keyPath] = [join(folder, 'web.crt'), join(folder, 'web.key')]
  const clock = createSimulatedClock(benchStart)
  const ca = await createVirtualCa(() => new Date(benchStart.getTime() + clock.elapsed))
  ca.lifetime = lifetime
  const privateKey = generateKey()
  const events: Occurrence[] = []
  const ends: (() => Promise<void>)[] = []

  async function replace(): Promise<Certificate> {
    const { certificate, chain } = await ca.issueFor(createPublicKey(privateKey))
    writeFileSync(certificatePath, encodeChain(chain))
    return certificate
  }

  function installed(): Certificate {
    const [certificate] = parseCertificatePem(readFileSync(certificatePath, 'utf8'))
    if (certificate === undefined) throw new Error('the file is empty')
    return certificate
  }

  await replace()
  writeFileSync(keyPath, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 })
  return {
    folder,
    certificatePath,
    keyPath,
    privateKey,
    clock,
    ca,
    events,
    start(options = {}) {
      const ending = new AbortController()
      const all: RenewalDaemonOptions = {
        certificatePath,
        key: { path: keyPath },
        client: ca,
        clock,
        random,
        // Most tests change no file meanwhile, and looking takes most of their time.
        lookEveryMilliseconds: 3_600_000,
        onEvent: (event) => events.push({ ...event, elapsed: clock.elapsed }),
        ...options,
      }
      const daemon = createRenewalDaemon(all)
      const ended = clock.spawn(() => daemon.run(ending.signal))
      async function end(): Promise<void> {
        ending.abort()
        await ended
      }
      ends.push(end)
      return { daemon, end }
    },
    replace,
    installed,
    types: () => events.map(({ type }) => type),
    async [Symbol.asyncDispose]() {
      await Promise.all(ends.map((end) => end()))
      rmSync(folder, { recursive: true })
    },
  }
}

import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import {
  type AcmeProvisioner,
  type AcmeService,
  type AcmeServiceOptions,
  createAcmeService,
  createNonces,
  type ValidationAttempt,
  type ValidationOutcome,
} from '@mayfly/acme-protocol'
import type { Store } from '@mayfly/db-adapters'
import { createTestAuthority, type TestAuthority } from './test-authority.ts'
import { TestClient } from './test-client.ts'
import { openTestStore } from './test-store.ts'

/** Where the servers of the tests are. */
export const origin = 'https://ca.internal:9000'

/** An ACME server over a real store, whose clock stands until it is moved. */
export interface TestAcme extends AsyncDisposable {
  readonly service: AcmeService
  readonly store: Store
  readonly authority: TestAuthority
  readonly clock: { now: Date }
  /** All attempts that were made, in order. */
  readonly attempts: ValidationAttempt[]
  /** What the world outside says; everything is proven by default. */
  validate: (attempt: ValidationAttempt) => Promise<ValidationOutcome>
  /** Pauses between attempts, in milliseconds; none is waited for. */
  readonly pauses: number[]
  readonly reported: unknown[]
  /** Another instance or another provisioner on the same store. */
  serve(options?: Partial<AcmeServiceOptions>): AcmeService
  /** A client with a fresh account. */
  register(service?: AcmeService): Promise<TestClient>
}

/** What the provisioner of the tests is. */
export const provisioner: AcmeProvisioner = {
  id: 'acme/acme',
  name: 'acme',
  requiresExternalAccount: false,
  challengeTypes: ['dns-01', 'http-01', 'tls-alpn-01'],
  profiles: { short: 'six hours' },
}

/** Starts a server over a store of its own. */
export async function startTestAcme(options: Partial<AcmeServiceOptions> = {}): Promise<TestAcme> {
  const { store, ...opened } = await openTestStore()
  const clock = { now: new Date('2030-01-01T00:00:00Z') }
  const now = () => clock.now
  const authority = await createTestAuthority(store, now)
  const pauses: number[] = []
  const reported: unknown[] = []
  const attempts: ValidationAttempt[] = []
  const serve = (more: Partial<AcmeServiceOptions> = {}) =>
    createAcmeService({
      store: store.acme,
      provisioner,
      issuance: authority,
      validation: {
        validate: (attempt) => {
          attempts.push(attempt)
          return acme.validate(attempt)
        },
      },
      nonces: createNonces({ store: store.acme, now, random: randomBytes }),
      now,
      random: randomBytes,
      wait: (milliseconds, signal) => {
        if (milliseconds >= longPause) return untilAborted(signal)
        pauses.push(milliseconds)
        return setImmediate()
      },
      report: (error) => reported.push(error),
      ...options,
      ...more,
    })
  const service = serve()
  const acme: TestAcme = {
    service,
    store,
    authority,
    clock,
    attempts,
    pauses,
    reported,
    validate: async () => ({ status: 'valid' }),
    serve,
    register: async (on = service) => {
      const client = new TestClient(on)
      await client.register()
      return client
    },
    [Symbol.asyncDispose]: async () => {
      service.stop()
      await service.settled()
      await opened[Symbol.asyncDispose]()
    },
  }
  return acme
}

/** Longer than any pause between attempts: the time of an attempt. */
const longPause = 10_000

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

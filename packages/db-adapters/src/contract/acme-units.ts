import { randomBytes } from 'node:crypto'
import type { AcmeChallengeReference } from '../acme/challenge-store.ts'
import type { AcmeNonce } from '../acme/nonce-store.ts'
import type { AcmeOrderUnit } from '../acme/order-store.ts'
import type { AcmeAccountRecord } from '../acme-account.ts'
import type { AcmeChallengeRecord, AcmeOrderRecord, AcmeProblem } from '../acme-order.ts'
import type { IssuanceUnit } from '../issuance-unit.ts'
import type { Store } from '../store.ts'
import { buildIssuance } from './units.ts'

/** When all of it happens. */
export const now: Date = new Date('2030-01-01T00:00:00Z')

/** So many seconds from {@link now}. */
export function at(seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000)
}

/** Draws an id. */
export function drawId(): string {
  return randomBytes(16).toString('base64url')
}

/** Builds a nonce that nobody has spent. */
export function buildNonce(): AcmeNonce {
  return { id: new Uint8Array(randomBytes(16)), expiresAt: at(3600) }
}

/** Builds an account with a new key. */
export function buildAccount(fields: Partial<AcmeAccountRecord> = {}): AcmeAccountRecord {
  return {
    id: drawId(),
    provisionerId: 'acme',
    status: 'valid',
    publicKey: `{"kty":"OKP","crv":"Ed25519","x":"${drawId()}"}`,
    thumbprint: new Uint8Array(randomBytes(32)),
    contacts: ['mailto:admin@example.org'],
    createdAt: now,
    ...fields,
  }
}

/** Makes an account. */
export async function createAccount(
  store: Store,
  fields: Partial<AcmeAccountRecord> = {},
): Promise<AcmeAccountRecord> {
  const account = buildAccount(fields)
  const { status } = await store.acme.createAccount({ account, nonce: buildNonce() })
  if (status !== 'created') throw new Error(`the account is ${status}`)
  return account
}

/** What a test wants of an order. */
export interface OrderFields {
  readonly names?: readonly string[]
  readonly challengeTypes?: readonly string[]
  readonly fields?: Partial<Extract<AcmeOrderRecord, { status: 'pending' | 'ready' }>>
}

/** Builds an order of these names, each with an authorization and its challenges. */
export function buildOrder(
  accountId: string,
  { names = ['web.internal'], challengeTypes = ['http-01', 'dns-01'], fields }: OrderFields = {},
): AcmeOrderUnit {
  const order: AcmeOrderRecord = {
    id: drawId(),
    accountId,
    provisionerId: 'acme',
    status: 'pending',
    identifiers: names.map((value) => ({ type: 'dns', value })),
    createdAt: now,
    expiresAt: at(86_400),
    ...fields,
  }
  const authorizations = names.map((value, position) => ({
    id: drawId(),
    orderId: order.id,
    accountId,
    position,
    identifier: { type: 'dns', value: value.replace('*.', '') },
    wildcard: value.startsWith('*.'),
    status: 'pending' as const,
    createdAt: order.createdAt,
    expiresAt: order.expiresAt,
  }))
  const challenges = authorizations.flatMap(({ id }) =>
    challengeTypes.map(
      (type, position): AcmeChallengeRecord => ({
        id: drawId(),
        authorizationId: id,
        position,
        type,
        status: 'pending',
        token: drawId(),
        createdAt: order.createdAt,
        attempt: 0,
      }),
    ),
  )
  return { order, authorizations, challenges, nonce: buildNonce() }
}

/** Makes an order. */
export async function createOrder(
  store: Store,
  accountId: string,
  fields: OrderFields = {},
): Promise<AcmeOrderUnit> {
  const unit = buildOrder(accountId, fields)
  const { status } = await store.acme.createOrder(unit)
  if (status !== 'created') throw new Error(`the order is ${status}`)
  return unit
}

/** How the first challenge of each authorization is named. */
export function challengesOf({
  order,
  authorizations,
  challenges,
}: AcmeOrderUnit): readonly AcmeChallengeReference[] {
  return authorizations.map(({ id: authorizationId }) => {
    const first = challenges.find((challenge) => challenge.authorizationId === authorizationId)
    if (first === undefined) throw new Error('the authorization has no challenge')
    return { id: first.id, authorizationId, orderId: order.id }
  })
}

/** Begins an attempt at a challenge. */
export async function begin(
  store: Store,
  challenge: AcmeChallengeReference,
  moment: Date = now,
): Promise<number> {
  const outcome = await store.acme.beginChallenge({
    ...challenge,
    at: moment,
    deadlineMilliseconds: 10_000,
    nonce: buildNonce(),
  })
  if (outcome.status !== 'started') throw new Error(`the challenge is ${outcome.status}`)
  return outcome.attempt
}

/** Makes an order that is ready. */
export async function createReadyOrder(
  store: Store,
  accountId: string,
  fields: OrderFields = {},
): Promise<AcmeOrderUnit> {
  const unit = await createOrder(store, accountId, { challengeTypes: ['http-01'], ...fields })
  for (const challenge of challengesOf(unit)) {
    const attempt = await begin(store, challenge)
    await store.acme.completeChallenge({ ...challenge, attempt, validatedAt: now })
  }
  return unit
}

/** Builds the issuance that finalizes an order. */
export function buildFinalization(
  orderId: string,
  fields: { readonly nonce?: AcmeNonce; readonly issuedAt?: Date } = {},
): IssuanceUnit {
  const { nonce = buildNonce(), issuedAt = at(60) } = fields
  return buildIssuance({
    claim: { kind: 'order', orderId, certificateId: drawId(), nonce },
    certificate: { issuedAt, notAfter: at(90 * 86_400) },
  })
}

export async function statusOf(store: Store, orderId: string): Promise<string | undefined> {
  return (await store.acme.findOrder(orderId))?.order.status
}

export const problem: AcmeProblem = {
  type: 'urn:ietf:params:acme:error:dns',
  detail: 'no such name: “web.internal”',
  subproblems: [
    {
      type: 'urn:ietf:params:acme:error:dns',
      detail: 'NXDOMAIN',
      identifier: { type: 'dns', value: 'web.internal' },
    },
  ],
}

/** How many of the outcomes have each status. */
export function tally(
  outcomes: readonly { readonly status: string }[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

/** Calls so often at once, in turn on each store. */
export function atOnce<T>(
  stores: readonly Store[],
  count: number,
  call: (store: Store, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const store = stores[index % stores.length]
      if (store === undefined) throw new Error('no store is open')
      return call(store, index)
    }),
  )
}

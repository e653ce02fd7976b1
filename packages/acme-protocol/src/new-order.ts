import type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeIdentifier,
  AcmeOrderRecord,
} from '@mayfly/db-adapters'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { spentNonce } from './account.ts'
import { challengeTypesFor } from './challenge-type.ts'
import { type AccountRequest, drawId, type Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import { findNamesRefused } from './external-account-names.ts'
import { authorizedIdentifierOf, parseIdentifiers } from './identifier.ts'
import { optionalObjects, optionalString, parsePayload } from './jws.ts'
import type { ResourceAnswer } from './message.ts'
import { orderAnswer } from './order.ts'
import { problemType } from './problem.ts'
import { defaultMaximumIdentifiers, defaultOrderLifetimeSeconds } from './provisioner.ts'
import { assertReplaceable } from './replacement.ts'
import { parseTimestamp } from './time.ts'

/** Makes an order with an authorization for each identifier and its challenges: RFC 8555 §7.4, RFC 9773 §5. */
export async function newOrder(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const { account, locations, nonce } = request
  const now = engine.now()
  const wish = readOrderWish(parsePayload(request.payload), engine, now)
  await assertIdentifiersAllowed(wish.identifiers, engine, account.externalAccountKeyId)
  if (wish.replaces !== undefined) {
    await assertReplaceable(wish.replaces, { accountId: account.id, ...wish }, engine)
  }
  await assertWithinLimits({ accountId: account.id, identifiers: wish.identifiers, now }, engine)
  const unit = createOrderUnit(wish, account.id, now, engine)
  const outcome = await engine.store.createOrder({ ...unit, nonce: nonce.take() })
  switch (outcome.status) {
    case 'created': {
      const authorizationIds = unit.authorizations.map(({ id }) => id)
      const answer = orderAnswer({ order: unit.order, authorizationIds }, { locations, now })
      return { ...answer, status: 201 }
    }
    case 'account_not_valid':
      throw new AcmeError('unauthorized', `the account ${account.id} is not valid any more`)
    case 'already_replaced':
      throw new AcmeError(
        'alreadyReplaced',
        `the certificate ${wish.replaces} is replaced by the order ${locations.order(outcome.orderId)}`,
        { hint: 'Leave "replaces" out for one more certificate.' },
      )
    case 'nonce_spent':
      throw spentNonce()
  }
}

/** What an order asks for. */
interface OrderWish {
  readonly identifiers: readonly AcmeIdentifier[]
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly profile?: string
  readonly replaces?: string
}

function readOrderWish(payload: JsonObject, { provisioner }: Engine, now: Date): OrderWish {
  const maximum = provisioner.maximumIdentifiers ?? defaultMaximumIdentifiers
  const identifiers = parseIdentifiers(optionalObjects(payload, 'identifiers') ?? [], maximum)
  const notBefore = readTime(payload, 'notBefore')
  const notAfter = readTime(payload, 'notAfter')
  if (notAfter !== undefined && notAfter.getTime() <= (notBefore ?? now).getTime()) {
    throw new AcmeError('malformed', `"notAfter" ${notAfter.toISOString()} comes too early`)
  }
  const profile = optionalString(payload, 'profile')
  if (profile !== undefined && !Object.hasOwn(provisioner.profiles ?? {}, profile)) {
    const names = Object.keys(provisioner.profiles ?? {})
    const known = names.length === 0 ? 'none' : names.join(', ')
    throw new AcmeError('invalidProfile', `there is no profile ${JSON.stringify(profile)}`, {
      hint: `The profiles of this directory: ${known}.`,
    })
  }
  const replaces = optionalString(payload, 'replaces')
  return {
    identifiers,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    ...(profile === undefined ? {} : { profile }),
    ...(replaces === undefined ? {} : { replaces }),
  }
}

/** Reads a time of an order. Where step's client says nothing, it writes the first moment of the year 1. */
function readTime(payload: JsonObject, name: 'notAfter' | 'notBefore'): Date | undefined {
  const text = optionalString(payload, name)
  return text === undefined || text === '0001-01-01T00:00:00Z'
    ? undefined
    : parseTimestamp(text, name)
}

/** @throws {AcmeError} `rejectedIdentifier` with a subproblem for each identifier that may not be ordered. */
async function assertIdentifiersAllowed(
  identifiers: readonly AcmeIdentifier[],
  engine: Engine,
  externalAccountKeyId: string | undefined,
): Promise<void> {
  const unprovable = identifiers
    .filter((identifier) => {
      const authorized = authorizedIdentifierOf(identifier)
      return challengeTypesFor(authorized, engine.provisioner.challengeTypes).length === 0
    })
    .map((identifier) => ({ identifier, reason: 'no challenge of this directory can prove it' }))
  const refusals = [
    ...unprovable,
    ...(await findNamesRefused(identifiers, externalAccountKeyId, engine.store)),
    ...(await engine.policy.findRefusals(identifiers)),
  ]
  if (refusals.length === 0) return
  const type = problemType('rejectedIdentifier')
  const subproblems = refusals.map(({ identifier, reason }) => ({
    type,
    detail: `${identifier.value}: ${reason}`,
    identifier,
  }))
  const details = subproblems.map(({ detail }) => detail)
  throw new AcmeError('rejectedIdentifier', details.join('; '), { subproblems })
}

async function assertWithinLimits(
  order: Parameters<Engine['limits']['findReached']>[0],
  { limits }: Engine,
): Promise<void> {
  const reached = await limits.findReached(order)
  if (reached === undefined) return
  const { detail, retryAfterSeconds, identifier } = reached
  const subproblem = { type: problemType('rateLimited'), detail }
  throw new AcmeError('rateLimited', detail, {
    retryAfterSeconds,
    hint: `Try again in ${Math.ceil(retryAfterSeconds)} s.`,
    ...(identifier === undefined ? {} : { subproblems: [{ ...subproblem, identifier }] }),
  })
}

function createOrderUnit(
  wish: OrderWish,
  accountId: string,
  createdAt: Date,
  { provisioner, random }: Engine,
): {
  readonly order: AcmeOrderRecord
  readonly authorizations: readonly AcmeAuthorizationRecord[]
  readonly challenges: readonly AcmeChallengeRecord[]
} {
  const lifetimeSeconds = provisioner.orderLifetimeSeconds ?? defaultOrderLifetimeSeconds
  const expiresAt = new Date(createdAt.getTime() + lifetimeSeconds * 1000)
  const order: AcmeOrderRecord = {
    ...wish,
    id: drawId(random),
    accountId,
    provisionerId: provisioner.id,
    status: 'pending',
    createdAt,
    expiresAt,
  }
  const authorizations = wish.identifiers.map((each, position): AcmeAuthorizationRecord => {
    const { identifier, wildcard } = authorizedIdentifierOf(each)
    const id = drawId(random)
    const fields = { id, orderId: order.id, accountId, position, identifier, wildcard }
    return { ...fields, status: 'pending', createdAt, expiresAt }
  })
  const challenges = authorizations.flatMap((authorization): AcmeChallengeRecord[] => {
    const token = Buffer.from(random(32)).toString('base64url')
    return challengeTypesFor(authorization, provisioner.challengeTypes).map((type, position) => ({
      id: drawId(random),
      authorizationId: authorization.id,
      position,
      type,
      status: 'pending',
      token,
      createdAt,
    }))
  })
  return { order, authorizations, challenges }
}

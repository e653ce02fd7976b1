import type { AcmeAuthorizationView, AcmeChallengeRecord } from '@mayfly/db-adapters'
import { spentNonce } from './account.ts'
import type { AccountRequest, Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import { optionalString, parsePayload } from './jws.ts'
import type { Locations } from './location.ts'
import type { ResourceAnswer } from './message.ts'
import { assertOwner, notFound } from './order.ts'
import { takeOver } from './stalled.ts'
import { formatTimestamp } from './time.ts'

/** When a client may look again at what is being validated. */
export const pollingPauseSeconds = 2

/** Shows an authorization, or gives it up: RFC 8555 §7.5 and §7.5.2. */
export async function authorization(
  engine: Engine,
  request: AccountRequest,
): Promise<ResourceAnswer> {
  const { locations, payload, nonce } = request
  const view = await findOwnAuthorization(engine, request)
  const show = (shown: AcmeAuthorizationView) =>
    authorizationAnswer(shown, { locations, now: engine.now() })
  if (payload.length === 0) {
    const isTakenOver = await takeOver(engine, view, request)
    return show(isTakenOver ? await findOwnAuthorization(engine, request) : view)
  }
  if (optionalString(parsePayload(payload), 'status') !== 'deactivated') {
    throw new AcmeError('malformed', 'an authorization can only be read, or made "deactivated"')
  }
  const status = statusOf(view, engine.now())
  if (status !== 'pending' && status !== 'valid' && status !== 'deactivated') {
    throw cannotBeGivenUp(status)
  }
  const { id, orderId } = view.authorization
  const outcome = await engine.store.deactivateAuthorization({ id, orderId, nonce: nonce.take() })
  if (outcome.status === 'nonce_spent') throw spentNonce()
  const now = await findOwnAuthorization(engine, request)
  if (outcome.status === 'deactivated' || now.authorization.status === 'deactivated') {
    return show(now)
  }
  throw cannotBeGivenUp(statusOf(now, engine.now()))
}

function cannotBeGivenUp(status: string): AcmeError {
  return new AcmeError('malformed', `the authorization is ${status} and cannot be given up`)
}

/**
 * Finds the authorization that a request names.
 *
 * @throws {AcmeError} `malformed` (404) when there is none here, `unauthorized` when it is another account's.
 */
export async function findOwnAuthorization(
  { store, provisioner }: Engine,
  { ids: [id = ''], account }: AccountRequest,
): Promise<AcmeAuthorizationView> {
  const view = await store.findAuthorization(id)
  if (view === undefined || view.order.provisionerId !== provisioner.id) {
    throw notFound(`authorization ${JSON.stringify(id)}`)
  }
  assertOwner(view.authorization, account.id, 'authorization')
  return view
}

/** Writes a challenge, RFC 8555 §7.1.5 and §8. */
export function challengeObject(
  { id, authorizationId, type, status, token, validatedAt, problem }: AcmeChallengeRecord,
  locations: Locations,
): object {
  return {
    type,
    status,
    token,
    url: locations.challenge(authorizationId, id),
    ...(validatedAt === undefined ? {} : { validated: formatTimestamp(validatedAt) }),
    ...(problem === undefined ? {} : { error: problem }),
  }
}

function authorizationAnswer(
  view: AcmeAuthorizationView,
  { locations, now }: { readonly locations: Locations; readonly now: Date },
): ResourceAnswer {
  const { authorization: record, order, challenges } = view
  const isPending = statusOf(view, now) === 'pending'
  const isProcessing = isPending && challenges.some(({ status }) => status === 'processing')
  return {
    location: locations.authorization(record.id),
    links: [{ url: locations.order(order.id), relation: 'up' }],
    ...(isProcessing ? { retryAfterSeconds: pollingPauseSeconds } : {}),
    json: {
      identifier: record.identifier,
      status: statusOf(view, now),
      expires: formatTimestamp(record.expiresAt),
      challenges: shownChallenges(view).map((challenge) => challengeObject(challenge, locations)),
      ...(record.wildcard ? { wildcard: true } : {}),
    },
  }
}

/**
 * RFC 8555 §7.1.4: of one that is valid only the challenge that was proven is told, of one that is invalid the one that was
 * not; else all.
 */
function shownChallenges({
  authorization: { status },
  challenges,
}: AcmeAuthorizationView): readonly AcmeChallengeRecord[] {
  const decisive = challenges.filter((challenge) => challenge.status === status)
  return decisive.length === 0 ? challenges : decisive
}

/** What has run out of time is kept as it was, and so is what stands under an order that is no more. */
function statusOf({ authorization, order }: AcmeAuthorizationView, now: Date): string {
  const { status, expiresAt } = authorization
  if (status !== 'pending' && status !== 'valid') return status
  if (status === 'pending' && order.status === 'invalid') return 'invalid'
  return expiresAt.getTime() <= now.getTime() ? 'expired' : status
}

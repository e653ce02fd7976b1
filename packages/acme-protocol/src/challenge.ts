import type { AcmeAuthorizationView, AcmeChallengeRecord } from '@mayfly/db-adapters'
import { spentNonce } from './account.ts'
import { challengeObject, findOwnAuthorization, pollingPauseSeconds } from './authorization.ts'
import type { AccountRequest, Engine } from './context.ts'
import { parsePayload } from './jws.ts'
import type { ResourceAnswer } from './message.ts'
import { notFound } from './order.ts'
import { takeOver } from './stalled.ts'

/**
 * Shows a challenge or, asked with an object, begins its validation: RFC 8555 §7.5.1. The answer does not wait for the
 * outcome: the challenge is `processing`, and is to be looked at again.
 */
export async function challenge(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const found = await findOwnChallenge(engine, request)
  if (request.payload.length === 0) {
    const isTakenOver = await takeOver(engine, found.view, request)
    return challengeAnswer(isTakenOver ? await findOwnChallenge(engine, request) : found, request)
  }
  parsePayload(request.payload)
  const { view } = found
  if (found.challenge.status === 'valid' || found.challenge.status === 'invalid') {
    return challengeAnswer(found, request)
  }
  const outcome = await engine.attempts.begin({
    view,
    challenge: found.challenge,
    thumbprint: request.key.thumbprint,
    accountUrl: request.locations.account(request.account.id),
    nonce: request.nonce.take(),
  })
  if (outcome === 'nonce_spent') throw spentNonce()
  return challengeAnswer(await findOwnChallenge(engine, request), request)
}

interface FoundChallenge {
  readonly view: AcmeAuthorizationView
  readonly challenge: AcmeChallengeRecord
}

async function findOwnChallenge(engine: Engine, request: AccountRequest): Promise<FoundChallenge> {
  const view = await findOwnAuthorization(engine, request)
  const [, id = ''] = request.ids
  const found = view.challenges.find((each) => each.id === id)
  if (found === undefined) throw notFound(`challenge ${JSON.stringify(id)}`)
  return { view, challenge: found }
}

function challengeAnswer(
  { challenge: record }: FoundChallenge,
  { locations }: AccountRequest,
): ResourceAnswer {
  return {
    location: locations.challenge(record.authorizationId, record.id),
    links: [{ url: locations.authorization(record.authorizationId), relation: 'up' }],
    ...(record.status === 'processing' ? { retryAfterSeconds: pollingPauseSeconds } : {}),
    json: challengeObject(record, locations),
  }
}

import type { AcmeOrderRecord, AcmeOrderView, AcmeProblem } from '@mayfly/db-adapters'
import type { AccountRequest, Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import type { Locations } from './location.ts'
import type { ResourceAnswer } from './message.ts'
import { problemType } from './problem.ts'
import { formatTimestamp } from './time.ts'

/** Shows an order: RFC 8555 §7.1.3 and §7.4. */
export async function order(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const view = await findOwnOrder(engine, request)
  return orderAnswer(view, { locations: request.locations, now: engine.now() })
}

/**
 * Finds the order that a request names.
 *
 * @throws {AcmeError} `malformed` (404) when there is none here, `unauthorized` when it is another account's.
 */
export async function findOwnOrder(
  { store, provisioner }: Engine,
  { ids, account }: AccountRequest,
): Promise<AcmeOrderView> {
  const [id = ''] = ids
  const view = await store.findOrder(id)
  if (view === undefined || view.order.provisionerId !== provisioner.id) {
    throw notFound(`order ${JSON.stringify(id)}`)
  }
  assertOwner(view.order, account.id, 'order')
  return view
}

/** What a client is told who asks for what is not there. */
export function notFound(what: string): AcmeError {
  return new AcmeError('malformed', `there is no ${what}`, { status: 404 })
}

/** @throws {AcmeError} `unauthorized` when the object is another account's. */
export function assertOwner(
  owned: { readonly accountId: string },
  accountId: string,
  what: string,
): void {
  if (owned.accountId === accountId) return
  throw new AcmeError('unauthorized', `the ${what} is not one of the account ${accountId}`, {
    status: 403,
  })
}

/** Whether an order that is not finished has run out of time: it is then `invalid`, whatever is kept. */
export function hasExpired(
  { expiresAt, status }: Pick<AcmeOrderRecord, 'expiresAt' | 'status'>,
  now: Date,
): boolean {
  return (status === 'pending' || status === 'ready') && expiresAt.getTime() <= now.getTime()
}

/** Why an order is invalid; `undefined` when it is not. */
export function problemOfOrder(record: AcmeOrderRecord, now: Date): AcmeProblem | undefined {
  if (hasExpired(record, now)) {
    const detail = `the order has expired at ${formatTimestamp(record.expiresAt)}`
    return { type: problemType('malformed'), detail }
  }
  if (record.status !== 'invalid') return undefined
  return record.problem ?? { type: problemType('malformed'), detail: 'the order is invalid' }
}

/** Answers with an order as it is. */
export function orderAnswer(
  { order: record, authorizationIds }: AcmeOrderView,
  { locations, now }: { readonly locations: Locations; readonly now: Date },
): ResourceAnswer {
  const { id, identifiers, expiresAt, notBefore, notAfter, profile, replaces } = record
  const error = problemOfOrder(record, now)
  return {
    location: locations.order(id),
    json: {
      id,
      status: error === undefined ? record.status : 'invalid',
      expires: formatTimestamp(expiresAt),
      identifiers,
      ...(notBefore === undefined ? {} : { notBefore: formatTimestamp(notBefore) }),
      ...(notAfter === undefined ? {} : { notAfter: formatTimestamp(notAfter) }),
      ...(profile === undefined ? {} : { profile }),
      ...(replaces === undefined ? {} : { replaces }),
      ...(error === undefined ? {} : { error }),
      authorizations: authorizationIds.map(locations.authorization),
      finalize: locations.finalize(id),
      ...(record.status === 'valid'
        ? { certificate: locations.certificate(record.certificateId) }
        : {}),
    },
  }
}

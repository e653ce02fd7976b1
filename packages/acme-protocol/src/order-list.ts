import type { AcmeOrderCursor, AcmeOrderRecord } from '@mayfly/db-adapters'
import type { AccountRequest, Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import type { ResourceAnswer } from './message.ts'
import { hasExpired } from './order.ts'

/** How many orders of an account are told at once. */
const pageLength = 100

/** Lists the orders of an account, oldest first, those that are invalid left out: RFC 8555 §7.1.2.1. */
export async function orderList(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const { account, ids, locations, url } = request
  if (ids[0] !== account.id) {
    throw new AcmeError('unauthorized', `these are not the orders of the account ${account.id}`, {
      status: 403,
    })
  }
  const cursor = new URL(url).searchParams.get('cursor')
  const records = await engine.store.listOrders({
    accountId: account.id,
    statuses: ['pending', 'ready', 'valid'],
    limit: pageLength,
    ...(cursor === null ? {} : { after: parseCursor(cursor) }),
  })
  const now = engine.now()
  const last = records.length < pageLength ? undefined : records.at(-1)
  return {
    json: {
      orders: records
        .filter((record) => !hasExpired(record, now))
        .map(({ id }) => locations.order(id)),
    },
    ...(last === undefined
      ? {}
      : { links: [{ url: locations.orders(account.id, formatCursor(last)), relation: 'next' }] }),
  }
}

function formatCursor({ createdAt, id }: AcmeOrderRecord): string {
  return `${createdAt.getTime()}.${id}`
}

function parseCursor(text: string): AcmeOrderCursor {
  const [, time, id] = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(text) ?? []
  if (time === undefined || id === undefined) {
    throw new AcmeError('malformed', `the cursor ${JSON.stringify(text)} is not one of this server`)
  }
  return { createdAt: new Date(Number(time)), id }
}

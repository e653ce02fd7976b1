import type { AcmeIdentifier, AcmeStore } from '@mayfly/db-adapters'
import type { LimitReached, RateLimits } from './decision-ports.ts'
import { authorizedIdentifierOf } from './identifier.ts'

/** So many in so long. */
export interface RateLimit {
  readonly count: number
  readonly windowSeconds: number
}

/** What is limited; nothing is where it is left out. */
export interface RateLimitSettings {
  /** New orders of one account. */
  readonly ordersPerAccount?: RateLimit
  /** New authorizations of one name, whichever account asks for them. */
  readonly authorizationsPerName?: RateLimit
  /** Authorizations of one name that one account could not prove. */
  readonly failuresPerName?: RateLimit
}

/**
 * Limits by what the store counts, so that they hold over all instances. Orders that are made at the very same moment may pass one
 * beyond: a limit is kind, not exact.
 */
export function createRateLimits(
  settings: RateLimitSettings,
  store: Pick<AcmeStore, 'countAuthorizations' | 'countOrders' | 'listOrders'>,
): RateLimits {
  return {
    findReached: async ({ accountId, identifiers, now }) => {
      const { ordersPerAccount, authorizationsPerName, failuresPerName } = settings
      if (ordersPerAccount !== undefined) {
        const reached = await findTooManyOrders(accountId, ordersPerAccount, now)
        if (reached !== undefined) return reached
      }
      for (const identifier of identifiers) {
        const reached =
          (failuresPerName &&
            (await findTooManyAuthorizations(identifier, failuresPerName, now, {
              accountId,
              statuses: ['invalid'],
            }))) ??
          (authorizationsPerName &&
            (await findTooManyAuthorizations(identifier, authorizationsPerName, now, {})))
        if (reached !== undefined) return reached
      }
      return undefined
    },
  }

  async function findTooManyOrders(
    accountId: string,
    { count, windowSeconds }: RateLimit,
    now: Date,
  ): Promise<LimitReached | undefined> {
    const since = new Date(now.getTime() - windowSeconds * 1000)
    if ((await store.countOrders({ accountId, since, limit: count })) < count) return undefined
    const [oldest] = await store.listOrders({ accountId, since, limit: 1 })
    const freeAt = (oldest?.createdAt ?? now).getTime() + windowSeconds * 1000
    return {
      detail: `the account has made ${count} orders in ${windowSeconds} s, as many as it may`,
      retryAfterSeconds: Math.max(1, Math.ceil((freeAt - now.getTime()) / 1000)),
    }
  }

  async function findTooManyAuthorizations(
    ordered: AcmeIdentifier,
    { count, windowSeconds }: RateLimit,
    now: Date,
    which: Pick<Parameters<AcmeStore['countAuthorizations']>[0], 'accountId' | 'statuses'>,
  ): Promise<LimitReached | undefined> {
    const { identifier } = authorizedIdentifierOf(ordered)
    const since = new Date(now.getTime() - windowSeconds * 1000)
    const found = await store.countAuthorizations({ identifier, since, limit: count, ...which })
    if (found < count) return undefined
    const what = which.statuses === undefined ? 'authorizations' : 'failed authorizations'
    return {
      detail: `there were ${count} ${what} of ${identifier.value} in ${windowSeconds} s, as many as may be`,
      // When the oldest of them no longer counts is not known; on average one does after this time.
      retryAfterSeconds: Math.ceil(windowSeconds / count),
      identifier: ordered,
    }
  }
}

import type { AcmeAuthorizationView, AcmeChallengeRecord } from '@mayfly/db-adapters'
import type { AccountRequest, Engine } from './context.ts'
import type { Locations } from './location.ts'

/**
 * Takes over what an instance that is gone has left `processing` under an authorization that its account is reading.
 *
 * Returns whether it did.
 */
export async function takeOver(
  { attempts, now }: Engine,
  view: AcmeAuthorizationView,
  { key, locations, account }: AccountRequest,
): Promise<boolean> {
  const stalled = view.challenges.find((challenge) => isStalled(challenge, now()))
  if (stalled === undefined || view.authorization.status !== 'pending') return false
  const accountUrl = locations.account(account.id)
  const { thumbprint } = key
  const outcome = await attempts.begin({ view, challenge: stalled, thumbprint, accountUrl })
  return outcome === 'started'
}

/**
 * Takes over challenges of this provisioner, at most so many, whose instance is gone and that nobody asks for. Returns how
 * many.
 */
export async function takeOverStalled(
  { store, provisioner, attempts, keys, now }: Engine,
  { limit, locations }: { readonly limit: number; readonly locations: Locations },
): Promise<number> {
  const stalled = await store.findStalledChallenges({ at: now(), limit })
  let count = 0
  for (const { id, authorizationId, accountId, provisionerId } of stalled) {
    if (provisionerId !== provisioner.id) continue
    const view = await store.findAuthorization(authorizationId)
    const challenge = view?.challenges.find((each) => each.id === id)
    const account = await store.findAccount(accountId)
    if (view === undefined || challenge === undefined || account === undefined) continue
    const { thumbprint } = keys.parse(account.publicKey)
    const accountUrl = locations.account(accountId)
    const outcome = await attempts.begin({ view, challenge, thumbprint, accountUrl })
    if (outcome === 'started') count += 1
  }
  return count
}

function isStalled({ status, deadline }: AcmeChallengeRecord, now: Date): boolean {
  return status === 'processing' && deadline !== undefined && deadline.getTime() <= now.getTime()
}

import type { MayflyConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import type { RevisionEvent } from './revision-follower.ts'

/**
 * Returns a look for revisions beside an instance whose file holds everything, since somebody may have moved what is shared
 * into the database while it ran: what it finds is told once. Only every tenth call looks.
 */
export function createPassedOverLook(
  store: Store,
  tell: (event: RevisionEvent) => void,
): (mayfly: MayflyConfiguration) => Promise<void> {
  let calls = 0
  let isTold = false
  return async ({ ignoresRevisions }) => {
    calls += 1
    if (isTold || ignoresRevisions || !store.persistent || calls % 10 !== 0) return
    const revision = await store.revisions.findCurrentNumber()
    if (revision === 0) return
    isTold = true
    tell({ kind: 'passed_over', revision })
  }
}

import type { Store } from '@mayfly/db-adapters'
import { HostError } from './errors.ts'

/**
 * Returns when a store was last filled from a backup; `undefined` if it never was.
 *
 * @throws {HostError} `database_restore_unfinished` when it holds half a backup: what the other half revoked or spent would
 * count as good.
 * @throws {StoreError}
 */
export async function findRestoredAt(store: Store): Promise<Date | undefined> {
  if (!store.persistent) return undefined
  const restore = await store.backups.findRestore()
  if (restore === undefined || restore.finishedAt !== undefined) return restore?.finishedAt
  throw new HostError(
    'database_restore_unfinished',
    `the database holds a part of a backup: its restore began at ${restore.startedAt.toISOString()} and has not ended`,
    { hint: "wait for it to end, or begin it anew by 'mayfly db restore'" },
  )
}

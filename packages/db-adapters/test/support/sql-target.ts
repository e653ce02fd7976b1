import type { Store } from '@mayfly/db-adapters'
import type { SqlTarget } from '../../src/sql/sql-target.ts'

/** The port for rare transactions, which every persistent store of ours is. */
export function sqlTargetOf(store: Store): SqlTarget {
  if (isSqlTarget(store)) return store
  throw new TypeError(`a store of kind ${store.kind} takes no statements`)
}

function isSqlTarget(store: Store): store is Store & SqlTarget {
  return 'dialect' in store && 'read' in store && 'write' in store
}

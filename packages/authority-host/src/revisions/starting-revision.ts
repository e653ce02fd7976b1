import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import { readNewest, type TrustedKeys, type VerifiedRevision } from './revision-chain.ts'
import type { RevisionMemory } from './revision-memory.ts'

/**
 * Finds the revision that a configuration starts with; `undefined` where the file holds everything.
 *
 * @throws {HostError} `revision_missing` when there is none yet, `revision_refused` when the newest is not to be believed;
 * `revisions_found` when the file holds everything although the database holds revisions.
 * @throws {StoreError}
 */
export async function findStartingRevision(
  { mayfly }: Pick<CaConfiguration, 'mayfly'>,
  {
    store,
    keys,
    memory,
  }: {
    readonly store: Store
    readonly keys: TrustedKeys
    readonly memory: RevisionMemory
  },
): Promise<VerifiedRevision | undefined> {
  if (mayfly.configuration === 'file') {
    if (!mayfly.ignoresRevisions) await refuseRevisions(store)
    return undefined
  }
  const number = await memory.findNewest(store.revisions)
  if (number !== 0) return await readNewest(store.revisions, number, keys)
  throw new HostError(
    'revision_missing',
    'mayfly.configuration: the database holds no revision of the configuration',
    { hint: "make the first one with 'mayfly ca config import'" },
  )
}

/** The refusal where the shared part is said to be kept in a database that nobody has made yet. */
export function databaseMissing(): HostError {
  return new HostError(
    'revision_missing',
    'mayfly.configuration: there is no database yet, and so no revision of the configuration',
    { hint: "make the first one with 'mayfly ca config import'" },
  )
}

/** A file that step has rewritten has lost its `mayfly` member, and what it says of provisioners may be long past. */
async function refuseRevisions(store: Store): Promise<void> {
  if (!store.persistent) return
  const number = await store.revisions.findCurrentNumber()
  if (number === 0) return
  throw new HostError(
    'revisions_found',
    `the database holds revision ${number} of the configuration, and ca.json does not say whether it is followed`,
    {
      hint: 'write "configuration": "database" into its member "mayfly" to follow it, or "file" to pass over it',
    },
  )
}

import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import { joinRevision } from './configuration-in-force.ts'
import { loadConfiguration } from './load-configuration.ts'
import { openExistingStore, storeOptionsOf } from './open-store.ts'
import { configurationKeyPaths, loadTrustedKeys } from './revisions/configuration-key.ts'
import { createRevisionMemory } from './revisions/revision-memory.ts'
import { databaseMissing, findStartingRevision } from './revisions/starting-revision.ts'

/** The configuration that a server would run by. */
export interface EffectiveConfiguration {
  readonly configuration: CaConfiguration
  /** The revision of the shared part; `undefined` where the file holds everything. */
  readonly revision: number | undefined
}

/**
 * Reads the configuration that a server started now would run by: the file, where the shared part is kept in the database
 * joined with its newest revision. The database is opened for that alone, and is not made.
 *
 * @throws {HostError} as `openAuthority` does for the configuration.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function loadEffectiveConfiguration({
  configurationPath,
}: {
  readonly configurationPath: string
}): Promise<EffectiveConfiguration> {
  const file = await loadConfiguration(configurationPath)
  if (file.mayfly.configuration === 'file') return { configuration: file, revision: undefined }
  const store = await openExistingStore(file.db, storeOptionsOf(file))
  if (store === undefined) throw databaseMissing()
  try {
    return await joinCurrentRevision(file, { configurationPath, store })
  } finally {
    await store.close()
  }
}

/**
 * Joins a configuration that was read from a file with the revision that it starts with.
 *
 * @throws {HostError} as `openAuthority` does for the configuration.
 * @throws {StoreError}
 */
export async function joinCurrentRevision(
  file: CaConfiguration,
  { configurationPath, store }: { readonly configurationPath: string; readonly store: Store },
): Promise<EffectiveConfiguration> {
  const isShared = file.mayfly.configuration === 'database'
  if (isShared && !store.persistent) throw databaseMissing()
  const { publicKeys } = configurationKeyPaths(file, configurationPath)
  const keys = isShared ? await loadTrustedKeys(publicKeys) : new Map()
  const verified = await findStartingRevision(file, {
    store,
    keys,
    memory: createRevisionMemory(configurationPath),
  })
  if (verified === undefined) return { configuration: file, revision: undefined }
  return { configuration: joinRevision(file, verified), revision: verified.revision.number }
}

import { parseCaConfiguration } from '@mayfly/authority-core/config'
import { readConfiguration, refusingInvalid } from '../load-configuration.ts'
import { openExistingStore, storeOptionsOf } from '../open-store.ts'

/**
 * Returns the number of the newest revision in the database of a `ca.json`, whether or not it goes by them; 0 where there
 * is none, or no database. No key is needed: nothing is verified.
 *
 * @throws {HostError} for what is wrong with the file.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function findNewestRevision({
  configurationPath,
}: {
  readonly configurationPath: string
}): Promise<number> {
  const text = await readConfiguration(configurationPath)
  const file = refusingInvalid(() => parseCaConfiguration(text, { source: configurationPath }))
  await using store = await openExistingStore(file.db, storeOptionsOf(file))
  return (await store?.revisions.findCurrentNumber()) ?? 0
}

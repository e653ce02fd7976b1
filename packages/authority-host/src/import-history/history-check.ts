import type { DatabaseConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import { historyBeside } from './history-source.ts'

/**
 * Verifies that the data of step-ca beside a store has been imported, all of it as it is now. `found` says where it is.
 *
 * @throws {HostError} `database_history_found`.
 * @throws {StoreError} when the data cannot be read, or is in use.
 */
export async function assertImported(
  store: Store,
  db: DatabaseConfiguration,
  found: string,
): Promise<void> {
  const history = await historyBeside(db, () => new Date())
  const record = history && (await store.imports.findImport(history.key))
  if (history === undefined || record === undefined) throw historyFound(found)
  if (record.finishedAt === undefined) {
    throw new HostError(
      'database_history_found',
      `${found} holds data of step-ca, whose import has not ended`,
      { hint: "let it end, or run 'mayfly db import' again: it goes on where it stood" },
    )
  }
  await using source = await history.open()
  if ((await source.stateDigest()) === record.state) return
  throw new HostError(
    'database_history_found',
    `${found} holds data of step-ca that has changed since it was imported`,
    { hint: "stop step-ca and run 'mayfly db import' again: it adds what is new" },
  )
}

/** The refusal of a store beside data of step-ca. `found` says where it is. */
export function historyFound(found: string): HostError {
  return new HostError('database_history_found', `${found} holds data of step-ca`, {
    hint: "take it over with 'mayfly db import', or allow its revocations and spent tokens to be forgotten (--discard-history)",
  })
}

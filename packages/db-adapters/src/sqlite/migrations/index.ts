import type { Migration } from 'kysely/migration'
import { createFirstTables } from './0001-first-tables.ts'
import { createSharedState } from './0002-shared-state.ts'
import { createImportedHistory } from './0003-imported-history.ts'
import { createRetention } from './0004-retention.ts'

/** Every change of the schema, run once each in the order of their names. Only ever appended to. */
export const migrations: Record<string, Migration> = {
  '0001_first_tables': { up: createFirstTables },
  '0002_shared_state': { up: createSharedState },
  '0003_imported_history': { up: createImportedHistory },
  '0004_retention': { up: createRetention },
}

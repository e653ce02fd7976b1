import type { SqlMigration } from '../../server-store/migrations.ts'
import { firstTables } from './0001-first-tables.ts'
import { sharedState } from './0002-shared-state.ts'
import { importedHistory } from './0003-imported-history.ts'
import { retention } from './0004-retention.ts'

/**
 * Every change of the schema, run once each in this order. Only ever appended to. MySQL commits each change by
 * itself: a statement must do no harm when it is run again after a crash.
 */
export const migrations: readonly SqlMigration[] = [
  firstTables,
  sharedState,
  importedHistory,
  retention,
]

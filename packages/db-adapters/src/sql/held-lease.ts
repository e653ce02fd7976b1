import type { Kysely } from 'kysely'
import type { Lease } from '../lease.ts'
import type { Tables } from '../rows/tables.ts'
import { compileStatement, databaseClock } from './query-compiler.ts'
import type { SqlDialect, SqlStatement } from './sql-target.ts'

/**
 * Finds a lease while it is held under its fence, and keeps others from taking it until the transaction ends. In a
 * script it lets nothing be written by a holder that was paused: whoever has the lease next finds all of the script
 * written, or none of it ever.
 */
export function requireLease(
  compiler: Kysely<Tables>,
  dialect: SqlDialect,
  { name, fence }: Pick<Lease, 'name' | 'fence'>,
): SqlStatement {
  const query = compiler
    .selectFrom('leases')
    .select('fence')
    .where('name', '=', name)
    .where('fence', '=', fence)
    .where('holder', '<>', '')
    .where('expires_at', '>', databaseClock(dialect))
  return compileStatement(dialect === 'sqlite' ? query : query.forUpdate(), 'one')
}

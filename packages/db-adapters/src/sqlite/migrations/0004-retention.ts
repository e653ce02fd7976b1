import { type Kysely, sql } from 'kysely'

/** The way to revocations that are needed no longer, and marks of restores. */
export async function createRetention(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('restores')
    .addColumn('number', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('started_at', 'integer', (column) => column.notNull())
    .addColumn('finished_at', 'integer')
    .addColumn('backup_created_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await database.schema
    .createIndex('revocations_end')
    .on('revocations')
    .columns(['expires_at', 'revoked_at'])
    .execute()
}

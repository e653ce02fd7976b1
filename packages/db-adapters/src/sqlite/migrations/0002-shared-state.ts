import { type Kysely, sql } from 'kysely'

/** Revisions of the configuration, leases, and the way to certificates that have expired. */
export async function createSharedState(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .createTable('configuration')
    .addColumn('number', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('document', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('comment', 'text', (column) => column.notNull())
    .addColumn('created_at', 'integer', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('signature', 'blob', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await database.schema
    .createTable('leases')
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('fence', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  await database.schema
    .createIndex('certificates_not_after')
    .on('certificates')
    .column('not_after')
    .execute()
}

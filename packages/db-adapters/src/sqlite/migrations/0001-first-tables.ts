import { type Kysely, sql } from 'kysely'

/** Certificates, revocations, spent tokens and the audit entries of what was done to each. */
export async function createFirstTables(database: Kysely<unknown>): Promise<void> {
  // Appended by rowid and found by index: a clustered table of random serial numbers would
  // leave a third of its large pages empty and touch one of them for every row.
  await database.schema
    .createTable('certificates')
    .addColumn('serial', 'blob', (column) => column.notNull().unique())
    .addColumn('der', 'blob', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('names', 'text', (column) => column.notNull())
    .addColumn('public_key_sha256', 'blob', (column) => column.notNull())
    .addColumn('predecessor', 'blob')
    .addColumn('provisioner_id', 'text', (column) => column.notNull())
    .addColumn('provisioner_name', 'text', (column) => column.notNull())
    .addColumn('provisioner_type', 'text', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('not_before', 'integer', (column) => column.notNull())
    .addColumn('not_after', 'integer', (column) => column.notNull())
    .addColumn('issued_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await database.schema
    .createIndex('certificates_public_key_sha256')
    .on('certificates')
    .column('public_key_sha256')
    .execute()
  await database.schema
    .createIndex('certificates_predecessor')
    .on('certificates')
    .column('predecessor')
    .where(sql.ref('predecessor'), 'is not', null)
    .execute()

  await database.schema
    .createTable('revocations')
    .addColumn('serial', 'blob', (column) => column.notNull().primaryKey())
    .addColumn('reason_code', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('revoked_at', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'integer')
    .addColumn('provisioner_id', 'text', (column) => column.notNull())
    .addColumn('mutual_tls', 'integer', (column) => column.notNull())
    .addColumn('token_id', 'blob')
    .modifyEnd(sql`strict, without rowid`)
    .execute()

  await database.schema
    .createTable('spent_tokens')
    .addColumn('id', 'blob', (column) => column.notNull().primaryKey())
    .addColumn('spent_by', 'blob')
    .addColumn('expires_at', 'integer', (column) => column.notNull())
    .modifyEnd(sql`strict, without rowid`)
    .execute()
  await database.schema
    .createIndex('spent_tokens_expires_at')
    .on('spent_tokens')
    .column('expires_at')
    .execute()

  await database.schema
    .createTable('audit')
    .addColumn('id', 'integer', (column) => column.notNull().primaryKey())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('serial', 'blob', (column) => column.notNull())
    .addColumn('provisioner_id', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('detail', 'text')
    .modifyEnd(sql`strict`)
    .execute()
}

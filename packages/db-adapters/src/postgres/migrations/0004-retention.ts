import type { SqlMigration } from '../../server-store/migrations.ts'

/** The way to revocations that are needed no longer, and marks of restores. */
export const retention: SqlMigration = {
  name: '0004_retention',
  statements: [
    `create table mayfly_restores (
       number bigint primary key,
       started_at bigint not null,
       finished_at bigint,
       backup_created_at bigint not null
     )`,
    'create index mayfly_revocations_end on mayfly_revocations (expires_at, revoked_at)',
  ],
}

import type { SqlMigration } from '../../server-store/migrations.ts'

const table = 'engine = InnoDB default character set utf8mb4 collate utf8mb4_bin'

/** The way to revocations that are needed no longer, and marks of restores. */
export const retention: SqlMigration = {
  name: '0004_retention',
  statements: [
    `create table if not exists mayfly_restores (
       number bigint not null primary key,
       started_at bigint not null,
       finished_at bigint,
       backup_created_at bigint not null
     ) ${table}`,
    'alter table mayfly_revocations add key mayfly_revocations_end (expires_at, revoked_at)',
  ],
}

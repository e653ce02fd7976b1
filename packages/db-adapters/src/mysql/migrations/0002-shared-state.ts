import type { SqlMigration } from '../../server-store/migrations.ts'

const table = 'engine = InnoDB default character set utf8mb4 collate utf8mb4_bin'

/** Revisions of the configuration, leases, and the way to certificates that have expired. */
export const sharedState: SqlMigration = {
  name: '0002_shared_state',
  statements: [
    `create table if not exists mayfly_configuration (
       number bigint not null primary key,
       document mediumtext not null,
       author text not null,
       comment text not null,
       created_at bigint not null,
       key_id text not null,
       signature blob not null
     ) ${table}`,
    `create table if not exists mayfly_leases (
       name varchar(255) not null primary key,
       holder text not null,
       fence bigint not null,
       expires_at bigint not null
     ) ${table}`,
    'alter table mayfly_certificates add key mayfly_certificates_not_after (not_after)',
  ],
}

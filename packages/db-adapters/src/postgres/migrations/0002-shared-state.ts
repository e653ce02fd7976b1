import type { SqlMigration } from '../../server-store/migrations.ts'

/** Revisions of the configuration, leases, and the way to certificates that have expired. */
export const sharedState: SqlMigration = {
  name: '0002_shared_state',
  statements: [
    `create table mayfly_configuration (
       number bigint primary key,
       document text not null,
       author text not null,
       comment text not null,
       created_at bigint not null,
       key_id text not null,
       signature bytea not null
     )`,
    `create table mayfly_leases (
       name text primary key,
       holder text not null,
       fence bigint not null,
       expires_at bigint not null
     )`,
    'create index mayfly_certificates_not_after on mayfly_certificates (not_after)',
  ],
}

import type { SqlMigration } from '../../server-store/migrations.ts'

/** Certificates, revocations, spent tokens and the audit entries of what was done to each. */
export const firstTables: SqlMigration = {
  name: '0001_first_tables',
  statements: [
    `create table mayfly_certificates (
       serial bytea primary key,
       der bytea not null,
       subject text not null,
       names text not null,
       public_key_sha256 bytea not null,
       predecessor bytea,
       provisioner_id text not null,
       provisioner_name text not null,
       provisioner_type text not null,
       profile text not null,
       not_before bigint not null,
       not_after bigint not null,
       issued_at bigint not null
     )`,
    `create index mayfly_certificates_public_key_sha256
       on mayfly_certificates (public_key_sha256)`,
    `create index mayfly_certificates_predecessor
       on mayfly_certificates (predecessor) where predecessor is not null`,
    `create table mayfly_revocations (
       serial bytea primary key,
       reason_code bigint not null,
       reason text not null,
       revoked_at bigint not null,
       expires_at bigint,
       provisioner_id text not null,
       mutual_tls bigint not null,
       token_id bytea
     )`,
    `create table mayfly_spent_tokens (
       id bytea primary key,
       spent_by bytea,
       expires_at bigint not null
     )`,
    'create index mayfly_spent_tokens_expires_at on mayfly_spent_tokens (expires_at)',
    `create table mayfly_audit (
       id bigint generated always as identity primary key,
       at bigint not null,
       action text not null,
       serial bytea not null,
       provisioner_id text not null,
       request_id text not null,
       detail text
     )`,
  ],
}

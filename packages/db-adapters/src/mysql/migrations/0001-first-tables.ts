import type { SqlMigration } from '../../server-store/migrations.ts'

const table = 'engine = InnoDB default character set utf8mb4 collate utf8mb4_bin'

/** Certificates, revocations, spent tokens and the audit entries of what was done to each. */
export const firstTables: SqlMigration = {
  name: '0001_first_tables',
  statements: [
    // Appended by `id` and found by index: a table clustered by random serial numbers would leave a third of its pages
    // empty and touch one of them for every row. Eight octets of what is random anyway find the rest in its row.
    `create table if not exists mayfly_certificates (
       id bigint unsigned not null auto_increment primary key,
       serial varbinary(64) not null,
       der mediumblob not null,
       subject text not null,
       names mediumtext not null,
       public_key_sha256 varbinary(64) not null,
       predecessor varbinary(64),
       provisioner_id text not null,
       provisioner_name text not null,
       provisioner_type text not null,
       profile text not null,
       not_before bigint not null,
       not_after bigint not null,
       issued_at bigint not null,
       unique key mayfly_certificates_serial (serial),
       key mayfly_certificates_public_key_sha256 (public_key_sha256(8)),
       key mayfly_certificates_predecessor (predecessor(8))
     ) ${table}`,
    `create table if not exists mayfly_revocations (
       serial varbinary(64) not null primary key,
       reason_code bigint not null,
       reason text not null,
       revoked_at bigint not null,
       expires_at bigint,
       provisioner_id text not null,
       mutual_tls bigint not null,
       token_id varbinary(64)
     ) ${table}`,
    `create table if not exists mayfly_spent_tokens (
       id varbinary(64) not null primary key,
       spent_by varbinary(64),
       expires_at bigint not null,
       key mayfly_spent_tokens_expires_at (expires_at)
     ) ${table}`,
    `create table if not exists mayfly_audit (
       id bigint unsigned not null auto_increment primary key,
       at bigint not null,
       action text not null,
       serial varbinary(64) not null,
       provisioner_id text not null,
       request_id text not null,
       detail text
     ) ${table}`,
  ],
}

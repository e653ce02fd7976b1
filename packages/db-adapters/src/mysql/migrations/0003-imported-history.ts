import type { SqlMigration } from '../../server-store/migrations.ts'

const table = 'engine = InnoDB default character set utf8mb4 collate utf8mb4_bin'

/** What is known by ACME, and how far the data of another authority was taken over. */
export const importedHistory: SqlMigration = {
  name: '0003_imported_history',
  statements: [
    `create table if not exists mayfly_imports (
       source varchar(255) not null primary key,
       description text not null,
       state text not null,
       step bigint not null,
       progress mediumtext not null,
       started_at bigint not null,
       finished_at bigint
     ) ${table}`,
    `create table if not exists mayfly_acme_accounts (
       id varchar(64) not null primary key,
       provisioner_id varchar(512) not null,
       status varchar(32) not null,
       public_key text not null,
       thumbprint varbinary(64) not null,
       contacts text not null,
       location_prefix text,
       terms_agreed_at bigint,
       external_account_key_id varchar(64),
       created_at bigint not null,
       deactivated_at bigint,
       unique key mayfly_acme_accounts_thumbprint (thumbprint, provisioner_id)
     ) ${table}`,
    `create table if not exists mayfly_acme_external_account_keys (
       id varchar(64) not null primary key,
       provisioner_id varchar(512) not null,
       reference varchar(255),
       hmac_key varbinary(255),
       names mediumtext,
       maximum_accounts bigint not null,
       account_count bigint not null,
       account_id varchar(64),
       created_at bigint not null,
       bound_at bigint,
       unique key mayfly_acme_external_account_keys_reference (reference, provisioner_id),
       key mayfly_acme_external_account_keys_account_id (account_id)
     ) ${table}`,
    `create table if not exists mayfly_acme_orders (
       id varchar(64) not null primary key,
       account_id varchar(64) not null,
       provisioner_id varchar(512) not null,
       status varchar(32) not null,
       identifiers mediumtext not null,
       not_before bigint,
       not_after bigint,
       profile varchar(255),
       replaces varchar(255),
       created_at bigint not null,
       expires_at bigint not null,
       ends_at bigint not null,
       certificate_id varchar(64),
       serial varbinary(64),
       problem mediumtext,
       key mayfly_acme_orders_account_id (account_id, created_at, id),
       key mayfly_acme_orders_ends_at (ends_at),
       unique key mayfly_acme_orders_certificate_id (certificate_id),
       unique key mayfly_acme_orders_serial (serial),
       unique key mayfly_acme_orders_replaces (replaces)
     ) ${table}`,
    `create table if not exists mayfly_acme_authorizations (
       id varchar(64) not null primary key,
       order_id varchar(64) not null,
       account_id varchar(64) not null,
       position bigint not null,
       identifier_type varchar(64) not null,
       identifier_value text not null,
       wildcard bigint not null,
       status varchar(32) not null,
       created_at bigint not null,
       expires_at bigint not null,
       key mayfly_acme_authorizations_order_id (order_id, position),
       key mayfly_acme_authorizations_identifier (identifier_value(191), created_at)
     ) ${table}`,
    `create table if not exists mayfly_acme_challenges (
       id varchar(64) not null primary key,
       authorization_id varchar(64) not null,
       position bigint not null,
       type varchar(64) not null,
       status varchar(32) not null,
       token varchar(255) not null,
       created_at bigint not null,
       validated_at bigint,
       problem mediumtext,
       attempt bigint not null,
       deadline bigint,
       trace mediumtext,
       key mayfly_acme_challenges_authorization_id (authorization_id, position),
       key mayfly_acme_challenges_deadline (deadline)
     ) ${table}`,
    `create table if not exists mayfly_acme_spent_nonces (
       id varbinary(64) not null primary key,
       expires_at bigint not null,
       key mayfly_acme_spent_nonces_expires_at (expires_at)
     ) ${table}`,
    `create table if not exists mayfly_acme_nonce_keys (
       number bigint not null primary key,
       key_octets varbinary(64) not null,
       created_at bigint not null
     ) ${table}`,
  ],
}

import type { SqlMigration } from '../../server-store/migrations.ts'

/** What is known by ACME, and how far the data of another authority was taken over. */
export const importedHistory: SqlMigration = {
  name: '0003_imported_history',
  statements: [
    `create table mayfly_imports (
       source text primary key,
       description text not null,
       state text not null,
       step bigint not null,
       progress text not null,
       started_at bigint not null,
       finished_at bigint
     )`,
    `create table mayfly_acme_accounts (
       id text primary key,
       provisioner_id text not null,
       status text not null,
       public_key text not null,
       thumbprint bytea not null,
       contacts text not null,
       location_prefix text,
       terms_agreed_at bigint,
       external_account_key_id text,
       created_at bigint not null,
       deactivated_at bigint,
       constraint mayfly_acme_accounts_thumbprint unique (thumbprint, provisioner_id)
     )`,
    `create table mayfly_acme_external_account_keys (
       id text primary key,
       provisioner_id text not null,
       reference text,
       hmac_key bytea,
       names text,
       maximum_accounts bigint not null,
       account_count bigint not null,
       account_id text,
       created_at bigint not null,
       bound_at bigint,
       constraint mayfly_acme_external_account_keys_reference unique (reference, provisioner_id)
     )`,
    `create index mayfly_acme_external_account_keys_account_id
       on mayfly_acme_external_account_keys (account_id)`,
    `create table mayfly_acme_orders (
       id text primary key,
       account_id text not null,
       provisioner_id text not null,
       status text not null,
       identifiers text not null,
       not_before bigint,
       not_after bigint,
       profile text,
       replaces text,
       created_at bigint not null,
       expires_at bigint not null,
       ends_at bigint not null,
       certificate_id text,
       serial bytea,
       problem text,
       constraint mayfly_acme_orders_certificate_id unique (certificate_id),
       constraint mayfly_acme_orders_serial unique (serial),
       constraint mayfly_acme_orders_replaces unique (replaces)
     )`,
    `create index mayfly_acme_orders_account_id
       on mayfly_acme_orders (account_id, created_at, id)`,
    'create index mayfly_acme_orders_ends_at on mayfly_acme_orders (ends_at)',
    `create table mayfly_acme_authorizations (
       id text primary key,
       order_id text not null,
       account_id text not null,
       position bigint not null,
       identifier_type text not null,
       identifier_value text not null,
       wildcard bigint not null,
       status text not null,
       created_at bigint not null,
       expires_at bigint not null
     )`,
    `create index mayfly_acme_authorizations_order_id
       on mayfly_acme_authorizations (order_id, position)`,
    `create index mayfly_acme_authorizations_identifier
       on mayfly_acme_authorizations (identifier_value, created_at)`,
    `create table mayfly_acme_challenges (
       id text primary key,
       authorization_id text not null,
       position bigint not null,
       type text not null,
       status text not null,
       token text not null,
       created_at bigint not null,
       validated_at bigint,
       problem text,
       attempt bigint not null,
       deadline bigint,
       trace text
     )`,
    `create index mayfly_acme_challenges_authorization_id
       on mayfly_acme_challenges (authorization_id, position)`,
    `create index mayfly_acme_challenges_deadline
       on mayfly_acme_challenges (deadline) where deadline is not null`,
    `create table mayfly_acme_spent_nonces (
       id bytea primary key,
       expires_at bigint not null
     )`,
    `create index mayfly_acme_spent_nonces_expires_at
       on mayfly_acme_spent_nonces (expires_at)`,
    `create table mayfly_acme_nonce_keys (
       number bigint primary key,
       key_octets bytea not null,
       created_at bigint not null
     )`,
  ],
}

import { type Kysely, sql } from 'kysely'

/** What is known by ACME, and how far the data of another authority was taken over. */
export async function createImportedHistory(database: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(database)
}

const statements: readonly string[] = [
  `create table imports (
     source text not null primary key,
     description text not null,
     state text not null,
     step integer not null,
     progress text not null,
     started_at integer not null,
     finished_at integer
   ) strict, without rowid`,
  `create table acme_accounts (
     id text not null primary key,
     provisioner_id text not null,
     status text not null,
     public_key text not null,
     thumbprint blob not null,
     contacts text not null,
     location_prefix text,
     terms_agreed_at integer,
     external_account_key_id text,
     created_at integer not null,
     deactivated_at integer,
     unique (thumbprint, provisioner_id)
   ) strict`,
  `create table acme_external_account_keys (
     id text not null primary key,
     provisioner_id text not null,
     reference text,
     hmac_key blob,
     names text,
     maximum_accounts integer not null,
     account_count integer not null,
     account_id text,
     created_at integer not null,
     bound_at integer,
     unique (reference, provisioner_id)
   ) strict, without rowid`,
  `create index acme_external_account_keys_account_id
     on acme_external_account_keys (account_id) where account_id is not null`,
  `create table acme_orders (
     id text not null primary key,
     account_id text not null,
     provisioner_id text not null,
     status text not null,
     identifiers text not null,
     not_before integer,
     not_after integer,
     profile text,
     replaces text,
     created_at integer not null,
     expires_at integer not null,
     ends_at integer not null,
     certificate_id text,
     serial blob,
     problem text
   ) strict`,
  'create index acme_orders_account_id on acme_orders (account_id, created_at, id)',
  'create index acme_orders_ends_at on acme_orders (ends_at)',
  `create unique index acme_orders_certificate_id on acme_orders (certificate_id)
     where certificate_id is not null`,
  'create unique index acme_orders_serial on acme_orders (serial) where serial is not null',
  'create unique index acme_orders_replaces on acme_orders (replaces) where replaces is not null',
  `create table acme_authorizations (
     id text not null primary key,
     order_id text not null,
     account_id text not null,
     position integer not null,
     identifier_type text not null,
     identifier_value text not null,
     wildcard integer not null,
     status text not null,
     created_at integer not null,
     expires_at integer not null
   ) strict`,
  `create index acme_authorizations_order_id on acme_authorizations (order_id, position)`,
  `create index acme_authorizations_identifier
     on acme_authorizations (identifier_value, created_at)`,
  `create table acme_challenges (
     id text not null primary key,
     authorization_id text not null,
     position integer not null,
     type text not null,
     status text not null,
     token text not null,
     created_at integer not null,
     validated_at integer,
     problem text,
     attempt integer not null,
     deadline integer,
     trace text
   ) strict`,
  `create index acme_challenges_authorization_id
     on acme_challenges (authorization_id, position)`,
  `create index acme_challenges_deadline
     on acme_challenges (deadline) where deadline is not null`,
  `create table acme_spent_nonces (
     id blob not null primary key,
     expires_at integer not null
   ) strict, without rowid`,
  'create index acme_spent_nonces_expires_at on acme_spent_nonces (expires_at)',
  `create table acme_nonce_keys (
     number integer not null primary key,
     key_octets blob not null,
     created_at integer not null
   ) strict`,
]

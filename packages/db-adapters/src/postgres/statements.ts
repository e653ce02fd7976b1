/** A statement that is prepared once a connection, under its name. */
export interface Statement {
  readonly name: string
  readonly text: string
}

/*
 * The rows of an insertion come as one array a column.
 *
 * A renewal writes the row that a revocation of its predecessor would write, and takes it back in the same transaction:
 * the primary key makes either wait for the other, and the one that comes second finds the key taken. It holds for
 * certificates that are not in the store, too, and leaves those that are as they are.
 */

/** Fails, as a query of more than one row where one is meant, unless this revision is the newest. */
export const assertRevision: Statement = {
  name: 'mayfly_assert_revision',
  text: `
    select (
      select 1
      union all
      select 1
      from (select coalesce(max(number), 0) as newest from mayfly_configuration) as configuration
      where newest <> $1
    )`,
}

export const findNewestRevision: Statement = {
  name: 'mayfly_find_newest_revision',
  text: 'select coalesce(max(number), 0) as number from mayfly_configuration',
}

export const holdPredecessors: Statement = {
  name: 'mayfly_hold_predecessors',
  text: `
    insert into mayfly_revocations
      (serial, reason_code, reason, revoked_at, provisioner_id, mutual_tls)
    select serial, 0, '', 0, '', 0 from unnest($1::bytea[]) as serial`,
}

export const releasePredecessors: Statement = {
  name: 'mayfly_release_predecessors',
  text: 'delete from mayfly_revocations where serial = any($1::bytea[])',
}

export const insertSpentTokens: Statement = {
  name: 'mayfly_insert_spent_tokens',
  text: `
    insert into mayfly_spent_tokens (id, spent_by, expires_at)
    select * from unnest($1::bytea[], $2::bytea[], $3::bigint[])`,
}

export const insertSpentNonces: Statement = {
  name: 'mayfly_insert_spent_nonces',
  text: `
    insert into mayfly_acme_spent_nonces (id, expires_at)
    select * from unnest($1::bytea[], $2::bigint[])`,
}

/** Fails as {@link assertRevision} does, unless as many orders were ready as $6 says. */
export const finalizeOrders: Statement = {
  name: 'mayfly_finalize_orders',
  text: `
    with finalized as (
      update mayfly_acme_orders
      set status = 'valid',
          certificate_id = claimed.certificate_id,
          serial = claimed.serial,
          ends_at = claimed.ends_at
      from unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::bigint[])
        as claimed (id, certificate_id, serial, issued_at, ends_at)
      where mayfly_acme_orders.id = claimed.id
        and mayfly_acme_orders.status = 'ready'
        and mayfly_acme_orders.expires_at > claimed.issued_at
      returning 1
    )
    select (
      select 1
      union all
      select 1
      from (select count(*) as changed from finalized) as statement
      where changed <> $6
    )`,
}

export const insertCertificates: Statement = {
  name: 'mayfly_insert_certificates',
  text: `
    insert into mayfly_certificates
      (serial, der, subject, names, public_key_sha256, predecessor, provisioner_id,
       provisioner_name, provisioner_type, profile, not_before, not_after, issued_at)
    select * from unnest(
      $1::bytea[], $2::bytea[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::text[],
      $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[])`,
}

export const insertAudit: Statement = {
  name: 'mayfly_insert_audit',
  text: `
    insert into mayfly_audit (at, action, serial, provisioner_id, request_id, detail)
    select * from unnest(
      $1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[])`,
}

/**
 * Begins a transaction that finds all of its few rows by index. Left to itself the planner, which cannot know how few kin a
 * certificate has, reads both tables whole once they are large.
 */
export const beginByIndex = `
  begin;
  set local enable_seqscan = off;
  set local enable_hashjoin = off;
  set local enable_mergejoin = off;
  set local jit = off`

export const insertRevocations: Statement = {
  name: 'mayfly_insert_revocations',
  text: `
    insert into mayfly_revocations
      (serial, reason_code, reason, revoked_at, expires_at, provisioner_id, mutual_tls, token_id)
    select * from unnest(
      $1::bytea[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
      $7::bigint[], $8::bytea[])
    on conflict (serial) do nothing
    returning serial`,
}

export const insertSpentToken: Statement = {
  name: 'mayfly_insert_spent_token',
  text: `
    insert into mayfly_spent_tokens (id, spent_by, expires_at) values ($1, $2, $3)
    on conflict (id) do nothing
    returning id`,
}

export const findUnrevokedKin: Statement = {
  name: 'mayfly_find_unrevoked_kin',
  text: `
    with recursive kin (serial) as (
      select serial from mayfly_certificates where public_key_sha256 = $2 or predecessor = $1
      union
      select child.serial
      from mayfly_certificates child
      join kin on kin.serial = child.predecessor
    )
    select kin.serial, certificate.not_after
    from kin
    join mayfly_certificates certificate on certificate.serial = kin.serial
    where not exists (select from mayfly_revocations r where r.serial = kin.serial)`,
}

export const findCertificates: Statement = {
  name: 'mayfly_find_certificates',
  text: 'select * from mayfly_certificates where serial = any($1::bytea[])',
}

export const findRevocations: Statement = {
  name: 'mayfly_find_revocations',
  text: 'select * from mayfly_revocations where serial = any($1::bytea[])',
}

export const findStandings: Statement = {
  name: 'mayfly_find_standings',
  text: `
    select serial, der, provisioner_id from mayfly_certificates where serial = any($1::bytea[])
    union all
    select serial, null, null from mayfly_revocations where serial = any($1::bytea[])`,
}

export const findSpentTokens: Statement = {
  name: 'mayfly_find_spent_tokens',
  text: 'select * from mayfly_spent_tokens where id = any($1::bytea[])',
}

export const findSpentNonces: Statement = {
  name: 'mayfly_find_spent_nonces',
  text: 'select * from mayfly_acme_spent_nonces where id = any($1::bytea[])',
}

export const findOrderStates: Statement = {
  name: 'mayfly_find_order_states',
  text: 'select id, status, expires_at from mayfly_acme_orders where id = any($1::text[])',
}

export const listCertificates: Statement = {
  name: 'mayfly_list_certificates',
  text: 'select * from mayfly_certificates where serial > $1 order by serial limit $2',
}

export const countCertificates: Statement = {
  name: 'mayfly_count_certificates',
  text: 'select count(*) as count from mayfly_certificates',
}

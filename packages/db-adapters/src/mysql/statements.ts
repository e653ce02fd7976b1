/*
 * `?` stands for an escaped value; where rows are inserted it stands for all of them, each in parentheses.
 *
 * A renewal writes the row that a revocation of its predecessor would write, and takes it back in the same transaction:
 * the unique key makes either wait for the other, and the one that comes second finds the key taken. It holds for
 * certificates that are not in the store, too, and leaves those that are as they are.
 */

/** Fails, as a query of more than one row where one is meant, unless this revision is the newest. */
export const assertRevision = `
  select (
    select 1
    union all
    select 1
    from (select coalesce(max(number), 0) as newest from mayfly_configuration) as configuration
    where newest <> ?
  )`

export const findNewestRevision = `
  select coalesce(max(number), 0) as number from mayfly_configuration`

export const holdPredecessors = `
  insert into mayfly_revocations
    (serial, reason_code, reason, revoked_at, provisioner_id, mutual_tls)
  values ?`

/** The row of {@link holdPredecessors} for one serial number. */
export function holdRow(serial: Uint8Array): readonly unknown[] {
  return [serial, 0, '', 0, '', 0]
}

export const releasePredecessors = 'delete from mayfly_revocations where serial in (?)'

export const insertSpentTokens = `
  insert into mayfly_spent_tokens (id, spent_by, expires_at)
  values ?`

export const insertSpentNonces = `
  insert into mayfly_acme_spent_nonces (id, expires_at)
  values ?`

/** The columns of {@link finalizeOrders} for one order. */
export const finalizedOrder = `
  select ? as id, ? as certificate_id, ? as serial, ? as issued_at, ? as ends_at`

/** Before its closing words, the {@link finalizedOrder}s. */
export const finalizeOrders = [
  `update mayfly_acme_orders
   join (`,
  `) finalized on finalized.id = mayfly_acme_orders.id
   set status = 'valid',
       mayfly_acme_orders.certificate_id = finalized.certificate_id,
       mayfly_acme_orders.serial = finalized.serial,
       mayfly_acme_orders.ends_at = finalized.ends_at
   where status = 'ready' and expires_at > finalized.issued_at`,
] as const

/** Fails as {@link assertRevision} does, unless the statement before it has changed as many rows as that. */
export const assertChanged = `
  select (
    select 1
    union all
    select 1
    from (select row_count() as changed) as statement
    where changed <> ?
  )`

export const insertCertificates = `
  insert into mayfly_certificates
    (serial, der, subject, names, public_key_sha256, predecessor, provisioner_id,
     provisioner_name, provisioner_type, profile, not_before, not_after, issued_at)
  values ?`

export const insertAudit = `
  insert into mayfly_audit (at, action, serial, provisioner_id, request_id, detail)
  values ?`

/** Changes nothing, and counts no row, when it is there. (`insert ignore` would also cut what is too long.) */
export const insertRevocationOnce = `
  insert into mayfly_revocations
    (serial, reason_code, reason, revoked_at, expires_at, provisioner_id, mutual_tls, token_id)
  values ?
  on duplicate key update serial = mayfly_revocations.serial`

/** As {@link insertRevocationOnce}. */
export const insertSpentTokenOnce = `
  insert into mayfly_spent_tokens (id, spent_by, expires_at)
  values ?
  on duplicate key update id = mayfly_spent_tokens.id`

/**
 * Parameters: the serial number, the key, or null for none. Revocations are joined: for a `not exists` MariaDB reads them
 * all where many certificates without a predecessor make it expect many kin.
 */
export const findUnrevokedKin = `
  with recursive kin (serial) as (
    select serial from mayfly_certificates where predecessor = ?
    union
    select serial from mayfly_certificates where public_key_sha256 = ?
    union
    select child.serial
    from mayfly_certificates child
    join kin on kin.serial = child.predecessor
  )
  select kin.serial, certificate.not_after
  from kin
  join mayfly_certificates certificate on certificate.serial = kin.serial
  left join mayfly_revocations r on r.serial = kin.serial
  where r.serial is null`

export const findCertificates = `
  select serial, der, subject, names, public_key_sha256, predecessor, provisioner_id,
         provisioner_name, provisioner_type, profile, not_before, not_after, issued_at
  from mayfly_certificates
  where serial in (?)`

export const findRevocations = 'select * from mayfly_revocations where serial in (?)'

/** Both parameters are the serial numbers. */
export const findStandings = `
  select serial, der, provisioner_id from mayfly_certificates where serial in (?)
  union all
  select serial, null, null from mayfly_revocations where serial in (?)`

export const findSpentTokens = 'select * from mayfly_spent_tokens where id in (?)'

export const findSpentNonces = 'select * from mayfly_acme_spent_nonces where id in (?)'

export const findOrderStates =
  'select id, status, expires_at from mayfly_acme_orders where id in (?)'

export const listCertificates = `
  select serial, der, subject, names, public_key_sha256, predecessor, provisioner_id,
         provisioner_name, provisioner_type, profile, not_before, not_after, issued_at
  from mayfly_certificates
  where serial > ?
  order by serial
  limit ?`

export const countCertificates = 'select count(*) as count from mayfly_certificates'

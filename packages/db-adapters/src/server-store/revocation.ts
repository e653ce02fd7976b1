import { StoreError } from '../errors.ts'
import type { RevocationOutcome, RevocationUnit } from '../revocation-unit.ts'
import { encodeAuditRow } from '../rows/audit-row.ts'
import { encodeRevocationRow, type RevocationRow } from '../rows/revocation-row.ts'
import { encodeSerialNumber, parseSerialNumber } from '../rows/serial-number.ts'
import { encodeSpentTokenRow } from '../rows/spent-token-row.ts'
import { maximumAttempts, pauseBeforeAttempt, translateFault, uncertainError } from './faults.ts'
import type { BatchTarget } from './issuance-batch.ts'
import { assertKeepable } from './issuance-rows.ts'
import { compareOctets, keyOf } from './octets.ts'
import type { ServerConnection } from './server-database.ts'
import { isConnectionSpent } from './server-faults.ts'

/**
 * Commits one revocation in a transaction of its own: they are rare, and their kin can only be searched step by step.
 *
 * @throws {StoreError} as `Store.commitRevocation`.
 * @throws {TypeError} when a value of the unit cannot be kept.
 */
export async function commitRevocation(
  target: BatchTarget,
  unit: RevocationUnit,
): Promise<RevocationOutcome> {
  const { database, pool } = target
  for (let attempt = 0; ; attempt++) {
    const progress: Progress = { committing: undefined }
    try {
      return await pool.use((connection) => runTransaction(connection, unit, progress))
    } catch (error) {
      if (error instanceof StoreError) throw error
      const fault = database.faultOf(error)
      if (fault.kind === 'lost' && progress.committing) {
        if (await isSeen(target, unit, progress.committing)) return progress.committing
        throw uncertainError(database, error)
      }
      // Lost before its commit was asked for, it was rolled back.
      const again =
        fault.kind === 'transient'
          ? attempt < maximumAttempts
          : isConnectionSpent(fault) && attempt < 1
      if (!again) throw translateFault(database, error)
      await pauseBeforeAttempt(attempt)
    }
  }
}

interface Progress {
  /** The outcome, from when the commit was asked for. */
  committing: (RevocationOutcome & { status: 'revoked' }) | undefined
}

/** Tells, on a new connection, whether all the revocations stand that only this unit can have made. */
async function isSeen(
  { pool }: BatchTarget,
  unit: RevocationUnit,
  { serialNumbers }: NonNullable<Progress['committing']>,
): Promise<boolean> {
  const serials = serialNumbers.map(encodeSerialNumber)
  const own = encodeRevocationRow(unit.revocation)
  try {
    const rows = await pool.use((connection) => connection.findRevocations(serials))
    const ours = rows.filter(
      (row) =>
        row.revoked_at === own.revoked_at &&
        row.reason === own.reason &&
        row.provisioner_id === own.provisioner_id &&
        Buffer.compare(row.token_id ?? noOctets, own.token_id ?? noOctets) === 0,
    )
    return ours.length === serials.length
  } catch {
    // Not to be read either: what is uncertain stays so.
    return false
  }
}

const noOctets = new Uint8Array()

async function runTransaction(
  connection: ServerConnection,
  unit: RevocationUnit,
  progress: Progress,
): Promise<RevocationOutcome> {
  try {
    await connection.begin()
    const outcome = await writeRevocation(connection, unit)
    if (outcome.status === 'revoked') {
      progress.committing = outcome
      await connection.commit()
    } else {
      await connection.rollback()
    }
    return outcome
  } catch (error) {
    // A transaction that nobody ends would keep its locks: the connection goes rather than that.
    if (connection.usable) await connection.rollback().catch(() => connection.destroy())
    throw error
  }
}

async function writeRevocation(
  connection: ServerConnection,
  unit: RevocationUnit,
): Promise<RevocationOutcome> {
  const { revocation, token, audit, revision } = unit
  const row = encodeRevocationRow(revocation)
  assertKeepable(row)
  // As `ServerConnection.insertIssuances`: a statement of this transaction sees what was acknowledged before.
  if (revision !== undefined && (await connection.findNewestRevision()) !== revision) {
    return { status: 'configuration_changed' }
  }
  const revoked = unit.withRenewals
    ? await revokeWithKin(connection, unit, row)
    : await connection.insertRevocations([row])
  if (token) {
    const spent = encodeSpentTokenRow(token, undefined)
    assertKeepable(spent)
    if (!(await connection.insertSpentToken(spent))) return { status: 'token_spent' }
  }
  if (revoked.length === 0) return { status: 'already_revoked' }
  const serialNumbers = revoked.map(parseSerialNumber)
  const auditRows = serialNumbers.map((serialNumber) => encodeAuditRow({ ...audit, serialNumber }))
  for (const auditRow of auditRows) assertKeepable(auditRow)
  await connection.insertAudit(auditRows)
  return { status: 'revoked', serialNumbers }
}

/**
 * Revokes a certificate and its kin, until no more are found. Inserting a revocation waits for renewals of that certificate
 * that are under way, and stops those to come: what such a renewal has issued is found by the next search. All are
 * inserted in one order, so that those who revoke each other's kin wait rather than deadlock.
 */
async function revokeWithKin(
  connection: ServerConnection,
  { withRenewals }: RevocationUnit,
  row: RevocationRow,
): Promise<readonly Uint8Array[]> {
  const [certificate] = await connection.findCertificates([row.serial])
  // The store knows the key better than the caller, who may not even have seen the certificate.
  const key = certificate?.public_key_sha256 ?? withRenewals?.publicKeySha256 ?? null
  const asked = new Map([[keyOf(row.serial), row]])
  const revoked: Uint8Array[] = []
  for (let first = true; ; first = false) {
    const found = await connection.findUnrevokedKin(row.serial, key)
    if (found.length === 0 && !first) break
    const rows = new Map(first ? asked : [])
    for (const { serial, not_after } of found) {
      const name = keyOf(serial)
      if (!rows.has(name)) rows.set(name, { ...row, serial, expires_at: not_after })
    }
    const inOrder = [...rows.values()].sort((left, right) =>
      compareOctets(left.serial, right.serial),
    )
    revoked.push(...(await connection.insertRevocations(inOrder)))
  }
  // The one asked for is told first.
  return revoked.sort((left, right) => {
    return Number(asked.has(keyOf(right))) - Number(asked.has(keyOf(left)))
  })
}

import type { RevocationOutcome, RevocationUnit } from '../revocation-unit.ts'
import { encodeAuditRow } from '../rows/audit-row.ts'
import { encodeRevocationRow } from '../rows/revocation-row.ts'
import { encodeSerialNumber, parseSerialNumber } from '../rows/serial-number.ts'
import { encodeSpentTokenRow } from '../rows/spent-token-row.ts'
import type { WriterStatements } from './writer-statements.ts'

/**
 * Carries out one revocation inside the open transaction, which nobody else writes beside. Whatever
 * it returns, it has written all of the unit or nothing; when it throws, the transaction must be rolled back.
 */
export function writeRevocation(
  statements: WriterStatements,
  unit: RevocationUnit,
): RevocationOutcome {
  const { revocation, token, audit } = unit
  if (token && statements.insertSpentToken(encodeSpentTokenRow(token, undefined)) === 0) {
    return { status: 'token_spent' }
  }
  const revoked: bigint[] = []
  if (statements.insertRevocation(encodeRevocationRow(revocation)) === 1) {
    revoked.push(revocation.serialNumber)
  }
  for (const { serial, not_after } of findKin(statements, unit)) {
    const serialNumber = parseSerialNumber(serial)
    const expiresAt = new Date(not_after)
    statements.insertRevocation(encodeRevocationRow({ ...revocation, serialNumber, expiresAt }))
    revoked.push(serialNumber)
  }
  if (revoked.length === 0) {
    if (token) statements.deleteSpentToken(token.tokenId)
    return { status: 'already_revoked' }
  }
  for (const serialNumber of revoked) {
    statements.insertAudit(encodeAuditRow({ ...audit, serialNumber }))
  }
  return { status: 'revoked', serialNumbers: revoked }
}

/** The store knows the key better than the caller, who may not even have seen the certificate. */
function findKin(
  statements: WriterStatements,
  { revocation, withRenewals }: RevocationUnit,
): ReturnType<WriterStatements['findUnrevokedKin']> {
  if (withRenewals === undefined) return []
  const serial = encodeSerialNumber(revocation.serialNumber)
  const key = statements.findPublicKey(serial)?.public_key_sha256 ?? withRenewals.publicKeySha256
  return statements.findUnrevokedKin(serial, key ?? null)
}

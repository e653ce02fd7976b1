import type { IssuanceOutcome, IssuanceUnit } from '../issuance-unit.ts'
import { encodeAuditRow } from '../rows/audit-row.ts'
import { encodeCertificateRow } from '../rows/certificate-row.ts'
import { encodeSerialNumber, parseSerialNumber } from '../rows/serial-number.ts'
import { encodeSpentTokenRow } from '../rows/spent-token-row.ts'
import type { WriterStatements } from './writer-statements.ts'

/**
 * Carries out one issuance inside the open transaction, which nobody else writes beside. Whatever
 * it returns, it has written all of the unit or nothing; when it throws, the transaction must be rolled back.
 */
export function writeIssuance(
  statements: WriterStatements,
  { claim, certificate, audit }: IssuanceUnit,
): IssuanceOutcome {
  if (claim.kind === 'renewal') {
    const predecessor = encodeSerialNumber(claim.predecessor)
    if (statements.findRevocation(predecessor)) return { status: 'predecessor_revoked' }
  }
  const row = encodeCertificateRow(certificate)
  const token = claim.kind === 'renewal' ? claim.token : claim.kind === 'token' ? claim : undefined
  if (token && statements.insertSpentToken(encodeSpentTokenRow(token, row.serial)) === 0) {
    const spentBy = statements.findSpentToken(token.tokenId)?.spent_by
    return { status: 'token_spent', spentBy: spentBy ? parseSerialNumber(spentBy) : undefined }
  }
  if (statements.insertCertificate(row) === 0) {
    if (token) statements.deleteSpentToken(token.tokenId)
    return { status: 'serial_taken' }
  }
  statements.insertAudit(encodeAuditRow(audit))
  return { status: 'committed' }
}

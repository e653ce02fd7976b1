import type { IssuanceOutcome, IssuanceUnit, OrderClaim } from '../issuance-unit.ts'
import { encodeAcmeNonceRow, encodeFinalizedOrder } from '../rows/acme-order-row.ts'
import { encodeAuditRow } from '../rows/audit-row.ts'
import { type CertificateRow, encodeCertificateRow } from '../rows/certificate-row.ts'
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
  const row = encodeCertificateRow(certificate)
  const outcome =
    claim.kind === 'order'
      ? finalizeOrder(statements, claim, row)
      : writeCertificate(statements, claim, row)
  if (outcome.status === 'committed') statements.insertAudit(encodeAuditRow(audit))
  return outcome
}

function writeCertificate(
  statements: WriterStatements,
  claim: Exclude<IssuanceUnit['claim'], { kind: 'order' }>,
  row: CertificateRow,
): IssuanceOutcome {
  if (claim.kind === 'renewal') {
    const predecessor = encodeSerialNumber(claim.predecessor)
    if (statements.findRevocation(predecessor)) return { status: 'predecessor_revoked' }
  }
  const token = claim.kind === 'renewal' ? claim.token : claim.kind === 'token' ? claim : undefined
  if (token && statements.insertSpentToken(encodeSpentTokenRow(token, row.serial)) === 0) {
    const spentBy = statements.findSpentToken(token.tokenId)?.spent_by
    return { status: 'token_spent', spentBy: spentBy ? parseSerialNumber(spentBy) : undefined }
  }
  if (statements.insertCertificate(row) === 0) {
    if (token) statements.deleteSpentToken(token.tokenId)
    return { status: 'serial_taken' }
  }
  return { status: 'committed' }
}

/** The order comes last, so that nothing of it must be put back. */
function finalizeOrder(
  statements: WriterStatements,
  claim: OrderClaim,
  row: CertificateRow,
): IssuanceOutcome {
  const { nonce } = claim
  if (nonce && statements.insertSpentNonce(encodeAcmeNonceRow(nonce)) === 0) {
    return { status: 'nonce_spent' }
  }
  if (statements.insertCertificate(row) === 0) {
    if (nonce) statements.deleteSpentNonce(nonce.id)
    return { status: 'serial_taken' }
  }
  if (statements.finalizeOrder(encodeFinalizedOrder(claim, row)) === 1) {
    return { status: 'committed' }
  }
  statements.deleteCertificate(row.serial)
  if (nonce) statements.deleteSpentNonce(nonce.id)
  return { status: 'order_lost' }
}

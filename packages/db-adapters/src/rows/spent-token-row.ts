import type { TokenClaim } from '../issuance-unit.ts'

export interface SpentTokenRow {
  id: Uint8Array
  /** The serial number of the certificate it was spent for; null when it was spent to revoke. */
  spent_by: Uint8Array | null
  expires_at: number
}

export function encodeSpentTokenRow(
  token: TokenClaim,
  spentBy: Uint8Array | undefined,
): SpentTokenRow {
  return {
    id: token.tokenId,
    spent_by: spentBy ?? null,
    expires_at: token.expiresAt.getTime(),
  }
}

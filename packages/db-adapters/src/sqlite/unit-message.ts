import { StoreError, type StoreErrorCode } from '../errors.ts'
import type { Claim, IssuanceOutcome, IssuanceUnit, TokenClaim } from '../issuance-unit.ts'
import type { RevocationOutcome, RevocationUnit } from '../revocation-unit.ts'
import type { ScriptOutcome, SqlStatement } from '../sql/sql-target.ts'

/** A unit on its way to the writer's thread. */
export type UnitMessage =
  | { readonly kind: 'issuance'; readonly unit: IssuanceUnit }
  | { readonly kind: 'revocation'; readonly unit: RevocationUnit }
  | { readonly kind: 'script'; readonly script: readonly SqlStatement[] }

/** What became of a unit, on its way back. */
export type UnitResult =
  | { readonly kind: 'issuance'; readonly outcome: IssuanceOutcome }
  | { readonly kind: 'revocation'; readonly outcome: RevocationOutcome }
  | { readonly kind: 'script'; readonly outcome: ScriptOutcome }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** An error in plain values: a class does not survive the way between threads. */
export interface Failure {
  /** `unit_invalid` is a TypeError: the unit holds a value that cannot be kept. */
  readonly code: StoreErrorCode | 'unit_invalid'
  readonly message: string
  readonly hint: string | undefined
}

/** Copies of the octets replace windows on larger buffers: a message carries the buffer whole. */
export function encodeIssuanceMessage({
  claim,
  certificate,
  audit,
  revision,
}: IssuanceUnit): UnitMessage {
  return {
    kind: 'issuance',
    unit: {
      claim: compactClaim(claim),
      certificate: {
        ...certificate,
        der: compact(certificate.der),
        publicKeySha256: compact(certificate.publicKeySha256),
      },
      audit,
      ...(revision === undefined ? {} : { revision }),
    },
  }
}

/** See {@link encodeIssuanceMessage}. */
export function encodeRevocationMessage(unit: RevocationUnit): UnitMessage {
  const { revocation, token, withRenewals } = unit
  const { tokenId } = revocation
  const publicKeySha256 = withRenewals?.publicKeySha256
  return {
    kind: 'revocation',
    unit: {
      ...unit,
      revocation: tokenId === undefined ? revocation : { ...revocation, tokenId: compact(tokenId) },
      ...(token === undefined ? {} : { token: compactToken(token) }),
      ...(publicKeySha256 === undefined
        ? {}
        : { withRenewals: { publicKeySha256: compact(publicKeySha256) } }),
    },
  }
}

/** See {@link encodeIssuanceMessage}. */
export function encodeScriptMessage(script: readonly SqlStatement[]): UnitMessage {
  return {
    kind: 'script',
    script: script.map((statement) => ({
      ...statement,
      parameters: statement.parameters.map((value) => {
        return value instanceof Uint8Array ? compact(value) : value
      }),
    })),
  }
}

/** Puts an error into plain values. What is not expected makes the store unavailable. */
export function encodeFailure(error: unknown): Failure {
  if (error instanceof StoreError) {
    return { code: error.code, message: error.message, hint: error.hint }
  }
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof TypeError ? 'unit_invalid' : 'store_unavailable'
  return { code, message, hint: undefined }
}

/** Makes the error again that {@link encodeFailure} put into plain values. */
export function parseFailure({ code, message, hint }: Failure): Error {
  if (code === 'unit_invalid') return new TypeError(message)
  return new StoreError(code, message, { hint })
}

function compactClaim(claim: Claim): Claim {
  switch (claim.kind) {
    case 'none':
      return claim
    case 'token':
      return { kind: 'token', ...compactToken(claim) }
    case 'order':
      return claim.nonce === undefined
        ? claim
        : { ...claim, nonce: { ...claim.nonce, id: compact(claim.nonce.id) } }
    case 'renewal':
      return claim.token === undefined ? claim : { ...claim, token: compactToken(claim.token) }
  }
}

function compactToken({ tokenId, expiresAt }: TokenClaim): TokenClaim {
  return { tokenId: compact(tokenId), expiresAt }
}

function compact(octets: Uint8Array): Uint8Array {
  return octets.byteLength === octets.buffer.byteLength ? octets : new Uint8Array(octets)
}

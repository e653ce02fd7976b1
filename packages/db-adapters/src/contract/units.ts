import { randomBytes } from 'node:crypto'
import type { CertificateRecord } from '../certificate-record.ts'
import type { ConfigurationRevision } from '../configuration-revision.ts'
import type { Claim, IssuanceUnit, TokenClaim } from '../issuance-unit.ts'
import type { RevocationUnit } from '../revocation-unit.ts'

/** What a test wants of its unit; the rest is drawn. */
export interface IssuanceFields {
  readonly claim?: Claim
  readonly certificate?: Partial<CertificateRecord>
}

/** Builds an issuance of the size of a P-256 leaf, with a new serial number, key and token. */
export function buildIssuance(fields: IssuanceFields = {}): IssuanceUnit {
  const claim = fields.claim ?? { kind: 'token', ...buildToken() }
  const certificate: CertificateRecord = {
    serialNumber: drawSerialNumber(),
    der: octets(700),
    subject: 'web.internal',
    names: ['dns:web.internal', 'ip:10.0.0.7'],
    publicKeySha256: octets(32),
    ...(claim.kind === 'renewal' ? { predecessor: claim.predecessor } : {}),
    provisionerId: 'admin@example.com:4UELJx8e0aS9m0CH3fZ0EB7D5aUPICb759zALHFejvc',
    provisionerName: 'admin@example.com',
    provisionerType: 'JWK',
    profile: 'leaf',
    notBefore: new Date('2030-01-01T00:00:00Z'),
    notAfter: new Date('2030-01-02T00:00:00Z'),
    issuedAt: new Date('2030-01-01T00:01:00.123Z'),
    ...fields.certificate,
  }
  return {
    claim,
    certificate,
    audit: {
      at: certificate.issuedAt,
      action: claim.kind === 'renewal' ? 'renew' : 'sign',
      serialNumber: certificate.serialNumber,
      provisionerId: certificate.provisionerId,
      requestId: 'c1e2f3a4b5c6d7e8f9a0',
    },
  }
}

/** Builds a revocation of this serial number, without a token. */
export function buildRevocation(
  serialNumber: bigint,
  fields: Pick<RevocationUnit, 'token' | 'withRenewals'> = {},
): RevocationUnit {
  const revokedAt = new Date('2030-01-01T12:00:00.456Z')
  const provisionerId = 'admin@example.com'
  return {
    revocation: {
      serialNumber,
      reasonCode: 1,
      reason: 'the key was stolen',
      revokedAt,
      provisionerId,
      mutualTls: false,
      ...(fields.token === undefined ? {} : { tokenId: fields.token.tokenId }),
    },
    ...fields,
    audit: { at: revokedAt, action: 'revoke', serialNumber, provisionerId, requestId: 'd2f3a4b5' },
  }
}

/** Builds a token that nobody has spent. */
export function buildToken(): TokenClaim {
  return { tokenId: octets(32), expiresAt: new Date('2030-01-01T00:05:00Z') }
}

/** Builds a revision of the configuration, with a signature of its own. */
export function buildRevision(
  number: number,
  fields: Partial<ConfigurationRevision> = {},
): ConfigurationRevision {
  return {
    number,
    document: '{"authority":{"provisioners":[]}}',
    author: 'admin@ca.internal',
    comment: 'another provisioner',
    createdAt: new Date('2030-01-01T10:00:00.789Z'),
    keyId: 'N1v5rZ2mEQ6tWb4hJ8yKcg',
    signature: octets(64),
    ...fields,
  }
}

function drawSerialNumber(): bigint {
  return BigInt(`0x40${randomBytes(15).toString('hex')}`)
}

function octets(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length))
}

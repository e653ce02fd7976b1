import { createHash, generateKeyPairSync } from 'node:crypto'
import type { StepRow } from './step-ca-database.ts'

/** A public key as step-ca keeps it, with its thumbprint. */
export function newAccountKey(): object {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' })
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url')
  return { kty, kid, crv, x, y }
}

/** A value of `acme_accounts`. */
export function account(id: string, key: object, members: object = {}): string {
  return JSON.stringify({
    id,
    key,
    contact: ['mailto:n@b.c'],
    status: 'valid',
    locationPrefix: 'https://localhost/acme/acme/account/',
    provisionerName: 'acme',
    createdAt: '2026-11-23T12:00:00Z',
    deactivatedAt: '0001-01-01T00:00:00Z',
    ...members,
  })
}

/** A value of `acme_orders`, of `account1`. */
export function order(id: string, members: object): string {
  return JSON.stringify({
    id,
    accountID: 'account1',
    provisionerID: 'acme/acme',
    identifiers: [{ type: 'dns', value: 'web.internal' }],
    authorizationIDs: ['authz1'],
    status: 'pending',
    notBefore: '2026-11-23T14:00:00Z',
    notAfter: '2026-11-24T14:00:00Z',
    createdAt: '2026-11-23T14:00:00Z',
    expiresAt: '2026-11-24T14:00:00Z',
    ...members,
  })
}

/** A value of `acme_authzs`, of `account1`. */
export function authorization(
  id: string,
  challengeIDs: readonly string[],
  members: object = {},
): string {
  return JSON.stringify({
    id,
    accountID: 'account1',
    identifier: { type: 'dns', value: 'web.internal' },
    status: 'pending',
    token: 'token',
    challengeIDs,
    wildcard: false,
    createdAt: '2026-11-23T14:00:00Z',
    expiresAt: '2026-11-24T14:00:00Z',
    error: null,
    ...members,
  })
}

/** A row of `acme_challenges`, of `account1`. */
export function challenge(id: string, members: object): StepRow {
  const value = {
    id,
    accountID: 'account1',
    type: 'dns-01',
    status: 'pending',
    token: 'token',
    value: 'web.internal',
    validatedAt: '',
    createdAt: '2026-11-23T14:00:00Z',
    error: null,
    ...members,
  }
  return [id, JSON.stringify(value)]
}

/** A row of `acme_external_account_keys`. */
export function externalKey(id: string, members: object): StepRow {
  const value = {
    id,
    provisionerID: '',
    reference: '',
    createdAt: '2026-11-23T12:00:00Z',
    boundAt: '0001-01-01T00:00:00Z',
    ...members,
  }
  return [id, JSON.stringify(value)]
}

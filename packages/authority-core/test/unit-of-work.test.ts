import type { AuditEntry, ConfigurationRevision, Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createPki,
  createRequest,
  createTestAuthority,
  type Pki,
  random,
  type TestAuthority,
} from './support/authority.ts'
import { createFolder, type Folder } from './support/folder.ts'
import { issueLeaf, shown } from './support/leaf.ts'
import { observeStore } from './support/observed-store.ts'
import { refusalOf } from './support/refusal.ts'

let folder: Folder
let pki: Pki
let store: Store
beforeAll(async () => {
  folder = await createFolder()
  pki = await createPki()
  store = await openSqliteStore({ path: folder.file('ca.sqlite') })
})
afterAll(async () => {
  await store.close()
  await folder[Symbol.asyncDispose]()
})

describe('the unit of work', () => {
  test('carries an audit entry for each deed, under the request that asked', async () => {
    const audit: AuditEntry[] = []
    const ca = await createTestAuthority({
      pki,
      store: observeStore(store, ({ audit: entry }) => void audit.push(entry)),
    })
    const leaf = await issueLeaf(ca)
    const credential = shown(leaf)
    const renewed = await ca.authority.renew({ credential, requestId: 'request-2' })
    const certificationRequest = await createRequest()
    const rekeyed = await ca.authority.rekey({
      credential,
      certificationRequest,
      requestId: 'request-3',
    })
    const { serialNumber } = leaf.certificate
    await revokeSelf(ca, credential, 'request-4')
    const common = { at: ca.clock.now(), provisionerId: `admin:${ca.provisionerKey.publicJwk.kid}` }
    expect(audit).toEqual([
      { ...common, action: 'sign', serialNumber, requestId: 'request-1' },
      {
        ...common,
        action: 'renew',
        serialNumber: renewed.certificate.serialNumber,
        requestId: 'request-2',
      },
      {
        ...common,
        action: 'rekey',
        serialNumber: rekeyed.certificate.serialNumber,
        requestId: 'request-3',
      },
      { ...common, action: 'revoke', serialNumber, requestId: 'request-4' },
    ])
  })

  test('drops the certificate when its serial number is taken, and spends no token', async () => {
    const ca = await createTestAuthority({ pki, store, random: alwaysSeven })
    await ca.sign()
    const oneTimeToken = await ca.token()
    expect((await refusalOf(ca.sign({ oneTimeToken }))).code).toBe('storage_failed')
    const other = ca.again({ random })
    const certificationRequest = await createRequest({ commonName: 'web.internal' })
    const request = { certificationRequest, oneTimeToken, requestId: 'r' }
    expect(await other.sign(request)).toHaveProperty('certificate')
  })

  test('names the revision it was judged by, and is worth nothing once another is the newest', async () => {
    await using shared = await openSqliteStore({ path: folder.file('shared.sqlite') })
    await shared.revisions.commitRevision(createRevision(1))
    const ca = await createTestAuthority({ pki, store: shared, revision: 1 })
    const leaf = await issueLeaf(ca)
    const oneTimeToken = await ca.token()
    await shared.revisions.commitRevision(createRevision(2))
    const credential = shown(leaf)
    const certificationRequest = await createRequest({ commonName: 'web.internal' })
    const deeds: readonly (() => Promise<unknown>)[] = [
      () => ca.sign({ oneTimeToken }),
      () => ca.authority.renew({ credential, requestId: 'r' }),
      () => ca.authority.rekey({ credential, certificationRequest, requestId: 'r' }),
      () => revokeSelf(ca, credential, 'r'),
    ]
    for (const deed of deeds) {
      expect((await refusalOf(deed())).code).toBe('configuration_changed')
    }
    expect(await shared.countCertificates()).toBe(1)
    const next = ca.again({ revision: 2 })
    const request = { certificationRequest, oneTimeToken, requestId: 'r' }
    expect(await next.sign(request)).toHaveProperty('certificate')
    expect(await next.renew({ credential, requestId: 'r' })).toHaveProperty('certificate')
  })

  test('lets failures of the store through as they are', async () => {
    const closed = await openSqliteStore({ path: folder.file('closed.sqlite') })
    const ca = await createTestAuthority({ pki, store: closed })
    await closed.close()
    await expect(ca.sign()).rejects.toMatchObject({ name: 'StoreError', code: 'store_closed' })
  })

  test('holds no token', async () => {
    const units: unknown[] = []
    const ca = await createTestAuthority({
      pki,
      store: observeStore(store, (unit) => void units.push(unit)),
    })
    const oneTimeToken = await ca.token()
    await ca.sign({ oneTimeToken })
    const text = JSON.stringify(units, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    expect(units).toHaveLength(1)
    for (const part of oneTimeToken.split('.')) expect(text).not.toContain(part)
  })
})

function revokeSelf(
  ca: TestAuthority,
  credential: ReturnType<typeof shown>,
  requestId: string,
): Promise<unknown> {
  return ca.authority.revoke({
    serialNumber: credential.certificate.serialNumber,
    reasonCode: 0,
    reason: '',
    credential,
    withRenewals: false,
    requestId,
  })
}

function createRevision(number: number): ConfigurationRevision {
  return {
    number,
    document: '{}',
    author: 'alice',
    comment: '',
    createdAt: new Date(0),
    keyId: 'key',
    signature: new Uint8Array(64),
  }
}

const alwaysSeven = (length: number): Uint8Array => new Uint8Array(length).fill(7)

import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AcmeAccountRecord } from '../acme-account.ts'
import type { AcmeOrderRecord } from '../acme-order.ts'
import type { ImportPart, ImportRecord } from '../import-store.ts'
import type { ContractStore } from './contract-store.ts'
import { buildIssuance, buildRevocation, buildToken } from './units.ts'

/** What another authority has kept, taken over part by part. */
export function describeImports(current: () => ContractStore): void {
  describe('an import', () => {
    test('keeps its step, and every row of its parts', async () => {
      const { store } = current()
      expect(await store.imports.findImport('mysql')).toBeUndefined()
      expect(await store.imports.commitPart(step(1), {})).toEqual({ status: 'committed' })
      const next = step(2, { progress: '{"a":1}', finishedAt: new Date(5000) })
      expect(await store.imports.commitPart(next, wholePart)).toEqual({ status: 'committed' })
      expect(await store.imports.findImport('mysql')).toEqual(next)
      expect(await store.imports.findImport('postgresql')).toBeUndefined()

      expect(await store.findCertificate(certificate.serialNumber)).toEqual(certificate)
      expect(await store.findRevocation(revoked.serialNumber)).toEqual(revoked)
      expect(await store.isTokenSpent(spent.tokenId)).toBe(true)
      const { imports } = store
      expect(await imports.findCertificates([certificate.serialNumber, 999n])).toEqual(
        new Map([[certificate.serialNumber, certificate.der]]),
      )
      expect(await imports.findRevoked([revoked.serialNumber, 999n])).toEqual(
        new Set([revoked.serialNumber]),
      )
      expect(await imports.findSpent([spent.tokenId, octets()])).toEqual(
        new Set([Buffer.from(spent.tokenId).toString('hex')]),
      )
      expect(await imports.findAccounts(['account-1', 'account-2'])).toEqual(new Set(['account-1']))
      expect(await imports.findExternalAccountKeys(['eak-1', 'x'])).toEqual(new Set(['eak-1']))
      expect(await imports.findOrders(['order-1', 'order-2', 'x'])).toEqual(
        new Set(['order-1', 'order-2']),
      )
      const elsewhere = { provisionerId: 'acme/other', thumbprint: account.thumbprint }
      expect(await imports.findAccountsByKey([account, elsewhere])).toEqual(
        new Map([[`acme/acme ${Buffer.from(account.thumbprint).toString('hex')}`, 'account-1']]),
      )
      expect(await imports.findCertificates([])).toEqual(new Map())
    })

    test('leaves what is there as it is', async () => {
      const { store } = current()
      await store.commitIssuance(buildIssuance({ certificate }))
      await store.imports.commitPart(step(1), {
        certificates: [{ ...certificate, subject: 'other', provisionerId: 'other' }],
        revocations: [revoked],
      })
      const other = { ...wholePart, revocations: [{ ...revoked, reasonCode: 5 }] }
      expect(await store.imports.commitPart(step(2), other)).toEqual({ status: 'committed' })
      expect(await store.findCertificate(certificate.serialNumber)).toEqual(certificate)
      expect(await store.findRevocation(revoked.serialNumber)).toEqual(revoked)
    })

    test('is listed until it has ended', async () => {
      const { store } = current()
      const other = step(1, { source: 'badger', startedAt: new Date(500) })
      await store.imports.commitPart(step(1), {})
      await store.imports.commitPart(other, {})
      expect(await store.imports.listUnfinished()).toEqual([other, step(1)])
      await store.imports.commitPart({ ...other, step: 2, finishedAt: new Date(600) }, {})
      expect(await store.imports.listUnfinished()).toEqual([step(1)])
    })

    test('ends accounts that ended since, and spends keys that were used since', async () => {
      const { store } = current()
      const second = { ...account, id: 'account-2', provisionerId: 'acme/other' }
      const ended = {
        ...account,
        id: 'account-3',
        thumbprint: octets(),
        status: 'revoked',
      } as const
      const key = { id: 'eak-1', provisionerId: '', createdAt: new Date(1000) }
      await store.imports.commitPart(step(1), {
        accounts: [account, second, ended],
        externalAccountKeys: [
          { ...key, hmacKey: octets() },
          { ...key, id: 'eak-2', accountId: 'account-1', boundAt: new Date(2000) },
          { ...key, id: 'eak-3', hmacKey: octets() },
        ],
      })
      const end = { status: 'deactivated', deactivatedAt: new Date(4000) } as const
      const use = { accountId: 'account-9', boundAt: new Date(3000) }
      const part: ImportPart = {
        endedAccounts: ['account-1', 'account-3', 'nobody'].map((id) => ({ id, ...end })),
        boundExternalAccountKeys: ['eak-1', 'eak-2'].map((id) => ({ ...key, id, ...use })),
      }
      expect(await store.imports.commitPart(step(2), part)).toEqual({ status: 'committed' })
      expect(await store.acme.findAccount('account-1')).toEqual({ ...account, ...end })
      expect(await store.acme.findAccount('account-2')).toEqual(second)
      expect(await store.acme.findAccount('account-3')).toEqual(ended)
      const used = await store.acme.findExternalAccountKey('eak-1')
      expect(used).toMatchObject({ ...use, accountCount: 1 })
      expect(used?.hmacKey).toBeUndefined()
      expect(await store.acme.findExternalAccountKey('eak-2')).toMatchObject({
        accountId: 'account-1',
        boundAt: new Date(2000),
      })
      expect(await store.acme.findExternalAccountKey('eak-3')).toMatchObject({ accountCount: 0 })
    })

    test('goes on once only: what comes too late writes nothing', async () => {
      const { store, openAnother } = current()
      const another = await openAnother()
      const stores = [store, another]
      const begun = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (stores[index % 2] ?? store).imports.commitPart(step(1, { progress: `${index}` }), {}),
        ),
      )
      expect(begun.filter(({ status }) => status === 'committed')).toHaveLength(1)
      const went = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (stores[index % 2] ?? store).imports.commitPart(step(2, { progress: `${index}` }), {
            revocations: [{ ...revoked, serialNumber: BigInt(1000 + index) }],
          }),
        ),
      )
      expect(went.filter(({ status }) => status === 'overtaken')).toHaveLength(5)
      const winner = went.findIndex(({ status }) => status === 'committed')
      const serials = Array.from({ length: 6 }, (_, index) => BigInt(1000 + index))
      expect(await store.imports.findRevoked(serials)).toEqual(new Set([BigInt(1000 + winner)]))
      expect(await store.imports.findImport('mysql')).toMatchObject({ progress: `${winner}` })
    })

    test('begins anew in the place of the one it names', async () => {
      const { store } = current()
      await store.imports.commitPart(step(1), {})
      await store.imports.commitPart(step(2, { finishedAt: new Date(7000) }), {})
      const anew = step(1, { state: 'beef', startedAt: new Date(9000) })
      const outcomes = [
        await store.imports.commitPart(anew, {}),
        await store.imports.commitPart(anew, {}, { replaces: 1 }),
        await store.imports.commitPart(anew, {}, { replaces: 2 }),
      ]
      expect(outcomes.map(({ status }) => status)).toEqual(['overtaken', 'overtaken', 'committed'])
      expect(await store.imports.findImport('mysql')).toEqual(anew)
    })

    test('adds no second account with a key, nor any other row of that part', async () => {
      const { store } = current()
      await store.imports.commitPart(step(1), { accounts: [account] })
      const part = { accounts: [{ ...account, id: 'account-2' }], revocations: [revoked] }
      expect(await store.imports.commitPart(step(2), part)).toEqual({ status: 'key_taken' })
      expect(await store.findRevocation(revoked.serialNumber)).toBeUndefined()
      expect((await store.imports.findImport('mysql'))?.step).toBe(1)
      const elsewhere = { ...account, id: 'account-2', provisionerId: 'acme/other' }
      expect(await store.imports.commitPart(step(2), { accounts: [elsewhere] })).toEqual({
        status: 'committed',
      })
    })
  })
}

function step(number: number, fields: Partial<ImportRecord> = {}): ImportRecord {
  return {
    source: 'mysql',
    description: 'mysql://step@127.0.0.1:3306/step',
    state: 'cafe',
    step: number,
    progress: '{}',
    startedAt: new Date(1000),
    ...fields,
  }
}

const octets = (): Uint8Array => new Uint8Array(randomBytes(32))
const { certificate } = buildIssuance()
const revoked = buildRevocation(77n).revocation
const spent = buildToken()

const account: AcmeAccountRecord = {
  id: 'account-1',
  provisionerId: 'acme/acme',
  status: 'valid',
  publicKey: '{"kty":"EC"}',
  thumbprint: octets(),
  contacts: ['mailto:admin@example.org'],
  locationPrefix: 'https://localhost/acme/acme/account/',
  createdAt: new Date(1000),
}

const order: AcmeOrderRecord = {
  id: 'order-1',
  accountId: 'account-1',
  provisionerId: 'acme/acme',
  identifiers: [{ type: 'dns', value: '*.web.internal' }],
  notBefore: new Date(1000),
  notAfter: new Date(9000),
  createdAt: new Date(1000),
  expiresAt: new Date(9000),
  status: 'pending',
}

const wholePart: ImportPart = {
  certificates: [certificate],
  revocations: [revoked],
  spentTokens: [spent],
  accounts: [account],
  externalAccountKeys: [
    {
      id: 'eak-1',
      provisionerId: 'acme/acme',
      reference: 'team-a',
      hmacKey: octets(),
      createdAt: new Date(1000),
    },
  ],
  orders: [
    order,
    { ...order, id: 'order-2', status: 'valid', certificateId: 'c', serialNumber: 255n },
  ],
  authorizations: [
    {
      id: 'authorization-1',
      orderId: 'order-1',
      accountId: 'account-1',
      position: 0,
      identifier: { type: 'dns', value: 'web.internal' },
      wildcard: true,
      status: 'pending',
      createdAt: new Date(1000),
      expiresAt: new Date(9000),
    },
  ],
  challenges: [
    {
      id: 'challenge-1',
      authorizationId: 'authorization-1',
      position: 0,
      type: 'dns-01',
      status: 'invalid',
      token: 'token',
      createdAt: new Date(1000),
      validatedAt: new Date(2000),
      problem: { type: 'urn:ietf:params:acme:error:dns', detail: 'no such name' },
    },
  ],
}

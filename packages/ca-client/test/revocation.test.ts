import { randomUUID } from 'node:crypto'
import { type CaClient, createCaClient } from '@mayfly/ca-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type FakeCa, json, startFakeCa } from './support/fake-ca.ts'

let ca: FakeCa
let client: CaClient
beforeAll(async () => {
  ca = await startFakeCa()
})
afterAll(() => ca[Symbol.asyncDispose]())
beforeEach(() => {
  ca.requests.length = 0
  client = createCaClient({ url: ca.url, roots: ca.rootPem })
})
afterEach(() => client.close())

describe('revoke by a token', () => {
  test('sends what step sends', async () => {
    ca.on('POST /revoke', json({ status: 'ok' }))
    const oneTimeToken = randomUUID()
    const request = {
      serialNumber: 2n ** 127n,
      reasonCode: 0,
      reason: '',
      credential: { oneTimeToken },
    }
    await client.revoke(request)
    await client.revoke({ ...request, withRenewals: true })
    const body = {
      serial: '170141183460469231731687303715884105728',
      ott: oneTimeToken,
      reasonCode: 0,
      reason: '',
      passive: true,
    }
    expect(ca.requests.map((seen) => JSON.parse(seen.body))).toEqual([
      body,
      { ...body, withRenewals: true },
    ])
  })

  test.each([
    ['the serial numbers that the CA lists', { status: 'ok', serials: ['17', '18'] }, [17n, 18n]],
    ['undefined from a CA that lists none', { status: 'ok' }, undefined],
  ])('with renewals gives %s', async (_, answer, serialNumbers) => {
    ca.on('POST /revoke', json(answer))
    const credential = { oneTimeToken: 'token' }
    const request = { serialNumber: 17n, reasonCode: 0, reason: '', credential }
    expect(await client.revoke({ ...request, withRenewals: true })).toEqual(serialNumbers)
  })

  test.each([
    { serials: '17' },
    { serials: [17] },
    { serials: ['0x11'] },
    { serials: [''] },
    { serials: ['1'.repeat(1001)] },
  ])('refuses %j, which is no list of serial numbers', async (answer) => {
    ca.on('POST /revoke', json({ status: 'ok', ...answer }))
    const credential = { oneTimeToken: 'token' }
    await expect(
      client.revoke({ serialNumber: 17n, reasonCode: 0, reason: '', credential }),
    ).rejects.toMatchObject({ code: 'malformed_answer' })
  })

  test('believes nothing but ok', async () => {
    ca.on('POST /revoke', json({ status: 'maybe' }))
    const credential = { oneTimeToken: 'token' }
    await expect(
      client.revoke({ serialNumber: 1n, reasonCode: 0, reason: '', credential }),
    ).rejects.toMatchObject({ code: 'malformed_answer' })
  })
})

import type { ValidationOutcome } from '@mayfly/acme-protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestAcme, type TestAcme } from './support/test-acme.ts'
import { type TestAnswer, TestClient } from './support/test-client.ts'

let acme: TestAcme
let client: TestClient
let order: TestAnswer
let authorization: TestAnswer
let url: string

beforeEach(async () => {
  acme = await startTestAcme()
  client = await acme.register()
  order = await client.order('web.internal', 'api.internal')
  authorization = await client.post(order.json.authorizations[0])
  url = authorization.json.challenges[1].url
})

afterEach(() => acme[Symbol.asyncDispose]())

const failure = (isRetryable: boolean, detail = 'connection refused'): ValidationOutcome => ({
  status: 'invalid',
  problem: { type: 'urn:ietf:params:acme:error:connection', detail },
  isRetryable,
  trace: '{"tried":"192.0.2.7"}',
})

/** A validation that waits until it is let go. */
function holdValidation() {
  const held: ((outcome: ValidationOutcome) => void)[] = []
  acme.validate = () => new Promise((resolve) => held.push(resolve))
  return held
}

describe('a challenge', () => {
  test('is processing at once, and valid when it was proven; the order is ready with the last', async () => {
    const held = holdValidation()
    const begun = await client.post(url, {})
    expect(begun).toMatchObject({
      status: 200,
      location: url,
      json: { type: 'http-01', status: 'processing', url },
      headers: { 'retry-after': '2' },
    })
    expect(begun.headers.link).toContain(`<${authorization.location}>;rel="up"`)
    const pending = await client.post(authorization.location)
    expect(pending).toMatchObject({ json: { status: 'pending' }, headers: { 'retry-after': '2' } })
    held[0]?.({ status: 'valid' })
    await acme.service.settled()
    expect((await client.post(url)).json).toMatchObject({
      status: 'valid',
      validated: '2030-01-01T00:00:00Z',
    })
    const shown = await client.post(authorization.location)
    expect(shown.json).toMatchObject({
      status: 'valid',
      challenges: [{ type: 'http-01', status: 'valid' }],
    })
    expect((await client.post(order.location)).json.status).toBe('pending')
    acme.validate = async () => ({ status: 'valid' })
    expect((await client.prove(order)).json.status).toBe('ready')
  })

  test('is validated with what RFC 8555 §8.1 says', async () => {
    await client.post(url, {})
    await acme.service.settled()
    const [, challenge] = authorization.json.challenges
    expect(acme.attempts).toMatchObject([
      {
        type: 'http-01',
        identifier: { type: 'dns', value: 'web.internal' },
        wildcard: false,
        token: challenge.token,
        keyAuthorization: expect.stringMatching(new RegExp(`^${challenge.token}\\.[\\w-]{43}$`)),
        accountUrl: client.account,
        number: 1,
      },
    ])
    expect(challenge.token).toMatch(/^[\w-]{43}$/)
  })

  test('is not begun by a read', async () => {
    expect((await client.post(url)).json.status).toBe('pending')
    expect(acme.attempts).toEqual([])
  })

  test('asked for by many on two instances at once is validated once', async () => {
    const held = holdValidation()
    const second = acme.serve()
    const callers = Array.from({ length: 10 }, (_, index) => {
      const caller = new TestClient(index % 2 === 0 ? acme.service : second, { key: client.key })
      return Object.assign(caller, { account: client.account })
    })
    const answers = await Promise.all(callers.map((caller) => caller.post(url, {})))
    expect(answers.map(({ json }) => json.status)).toEqual(callers.map(() => 'processing'))
    expect(held).toHaveLength(1)
    held[0]?.({ status: 'valid' })
    await Promise.all([acme.service.settled(), second.settled()])
    expect((await client.post(url, {})).json.status).toBe('valid')
    expect(acme.attempts).toHaveLength(1)
  })

  test('that is wrong makes authorization and order invalid at once, with the cause', async () => {
    acme.validate = async () => failure(false, 'wrong key authorization')
    await client.post(url, {})
    await acme.service.settled()
    const error = {
      type: 'urn:ietf:params:acme:error:connection',
      detail: 'wrong key authorization',
    }
    expect((await client.post(url)).json).toMatchObject({ status: 'invalid', error })
    expect((await client.post(authorization.location)).json).toMatchObject({
      status: 'invalid',
      challenges: [{ type: 'http-01', status: 'invalid', error }],
    })
    expect((await client.post(order.location)).json).toMatchObject({
      status: 'invalid',
      error: {
        detail: 'http-01 did not prove web.internal: wrong key authorization',
        subproblems: [{ identifier: { type: 'dns', value: 'web.internal' } }],
      },
    })
    expect((await client.post(url, {})).json.status).toBe('invalid')
    expect(acme.attempts).toHaveLength(1)
    const [, other] = order.json.authorizations
    expect((await client.post(other)).json.status).toBe('invalid')
  })

  test('that cannot be reached is tried again with pauses, and tells meanwhile why', async () => {
    let seen: TestAnswer | undefined
    acme.validate = async ({ number }) => {
      if (number === 3) seen = await client.post(url)
      return number < 4 ? failure(true) : { status: 'valid' }
    }
    await client.post(url, {})
    await acme.service.settled()
    expect(seen?.json).toMatchObject({
      status: 'processing',
      error: { detail: 'connection refused' },
    })
    expect(acme.pauses).toEqual([1000, 2000, 4000])
    const { json } = await client.post(url)
    expect(json.status).toBe('valid')
    expect(json).not.toHaveProperty('error')
  })

  test('that is never reached is invalid in the end', async () => {
    acme.validate = async () => failure(true)
    await client.post(url, {})
    await acme.service.settled()
    expect(acme.attempts).toHaveLength(5)
    expect((await client.post(order.location)).json.status).toBe('invalid')
  })

  test('whose validation throws is tried again, and the error is for the log', async () => {
    acme.validate = async ({ number }) => {
      if (number === 1) throw new Error('a secret of the resolver')
      return { status: 'valid' }
    }
    await client.post(url, {})
    await acme.service.settled()
    expect((await client.post(url)).json.status).toBe('valid')
    expect(acme.reported.splice(0)).toMatchObject([{ message: 'a secret of the resolver' }])
  })
})

describe('a challenge whose instance is gone', () => {
  const abandon = async () => {
    acme.validate = () => new Promise(() => undefined)
    const lost = acme.serve()
    const held = Object.assign(new TestClient(lost, { key: client.key }), {
      account: client.account,
    })
    expect((await held.post(url, {})).json.status).toBe('processing')
    lost.stop()
    acme.validate = async () => ({ status: 'valid' })
  }
  const pass = (milliseconds: number) => {
    acme.clock.now = new Date(acme.clock.now.getTime() + milliseconds)
  }

  test.each([
    { by: 'a read of the challenge', ask: () => client.post(url) },
    { by: 'a read of the authorization', ask: () => client.post(authorization.location) },
    { by: 'being asked for again', ask: () => client.post(url, {}) },
    {
      by: 'nobody’s question',
      ask: () => acme.service.takeOverStalled({ limit: 10, origin: 'https://ca.internal:9000' }),
    },
  ])('is taken over by $by, when its time is over', async ({ ask }) => {
    await abandon()
    await ask()
    await acme.service.settled()
    expect((await client.post(url)).json.status).toBe('processing')
    pass(30_001)
    await ask()
    await acme.service.settled()
    expect((await client.post(url)).json.status).toBe('valid')
    expect(acme.attempts.map(({ accountUrl }) => accountUrl)).toEqual([
      client.account,
      client.account,
    ])
  })

  test('is decided by the attempt that took over, not by the one that comes back', async () => {
    const held = holdValidation()
    const slow = acme.serve()
    const other = Object.assign(new TestClient(slow, { key: client.key }), {
      account: client.account,
    })
    await other.post(url, {})
    pass(30_001)
    await client.post(url)
    expect(held).toHaveLength(2)
    held[0]?.(failure(false))
    await slow.settled()
    expect((await client.post(url)).json.status).toBe('processing')
    held[1]?.({ status: 'valid' })
    await acme.service.settled()
    expect((await client.post(url)).json.status).toBe('valid')
  })
})

describe('an authorization', () => {
  test('is given up, and its order is invalid with it', async () => {
    const answer = await client.post(authorization.location, { status: 'deactivated' })
    expect(answer).toMatchObject({ status: 200, json: { status: 'deactivated' } })
    expect((await client.post(order.location)).json.status).toBe('invalid')
    expect((await client.post(authorization.location, { status: 'deactivated' })).status).toBe(200)
    expect((await client.post(url, {})).json.status).toBe('pending')
    expect(acme.attempts).toEqual([])
  })

  test.each([{ status: 'valid' }, { status: 'revoked' }, {}])(
    'is not changed by %j',
    async (payload) => {
      const answer = await client.post(authorization.location, payload)
      expect(answer).toMatchObject({
        status: 400,
        json: { type: expect.stringMatching(/:malformed$/) },
      })
    },
  )

  test('that is invalid cannot be given up', async () => {
    acme.validate = async () => failure(false)
    await client.post(url, {})
    await acme.service.settled()
    const answer = await client.post(authorization.location, { status: 'deactivated' })
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: expect.stringMatching(/invalid/) },
    })
  })
})

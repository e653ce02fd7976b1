import { CaClientError } from '@mayfly/ca-client'
import { expect, test } from 'vitest'
import { withExpiryHint } from '../src/ca/expiry-hint.ts'
import { unusedIo } from './support/unused-io.ts'

const end = new Date('2026-11-23T12:00:00Z')
const expired = new Date('2026-11-23T12:00:01Z')
const refusal = new CaClientError('refused', 'certificate expired on …', { status: 401 })

/** What is thrown where the CA answers so at this time. */
async function thrown(error: Error, now: Date): Promise<unknown> {
  const certificate = { validity: { notBefore: new Date(0), notAfter: end } }
  return await withExpiryHint({ ...unusedIo, now: () => now }, certificate, () =>
    Promise.reject(error),
  ).catch((reason: unknown) => reason)
}

test('a refused renewal of an expired certificate points to a new one, after the words of the CA', async () => {
  expect(await thrown(refusal, expired)).toMatchObject({
    code: 'token_refused',
    message: 'certificate expired on …',
    hint: "'mayfly ca certificate' gets a new one, with a token or a provisioner's password",
    cause: refusal,
  })
})

test.each<[string, Error, Date]>([
  ['while the certificate is good', refusal, end],
  ['of another kind', new CaClientError('refused', 'no', { status: 403 }), expired],
  ['without an answer', new CaClientError('unreachable', 'no route'), expired],
  ['of our own', new Error('no'), expired],
])('a failure %s stays as it is', async (_, error, now) => {
  expect(await thrown(error, now)).toBe(error)
})

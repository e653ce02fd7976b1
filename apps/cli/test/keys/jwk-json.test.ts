import { expect, test } from 'vitest'
import { encodeJwk } from '../../src/keys/jwk-json.ts'

test('a JWK is written in the order of step, and no name in it can steer a terminal', () => {
  const jwk = { x: 'AA', kty: 'EC', kid: 'a\u009b31m\u202eb', y: 'AA', crv: 'P-256', use: 'sig' }
  const text = encodeJwk(jwk, { indent: 0 })
  expect(text).toBe(
    '{"use":"sig","kty":"EC","kid":"a\\u009b31m\\u202eb","crv":"P-256","x":"AA","y":"AA"}',
  )
  expect(JSON.parse(text)).toEqual(jwk)
})

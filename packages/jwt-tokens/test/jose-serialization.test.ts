import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { TokenError, toggleSerialization } from '../src/index.ts'
import { codeOf } from './support/codes.ts'
import { loadVectors, missingVectors, vectorsFolder } from './support/vectors.ts'

interface Example {
  readonly output: {
    readonly compact: string
    readonly json: object
    readonly json_flat: object
  }
}

describe('toggleSerialization', () => {
  test('writes a JWS in the member order of step, and reads it back', () => {
    const json = '{"payload":"aGVsbG8","protected":"eyJhbGciOiJFUzI1NiJ9","signature":"AAAA"}'
    expect(toggleSerialization('eyJhbGciOiJFUzI1NiJ9.aGVsbG8.AAAA\n')).toBe(json)
    expect(toggleSerialization(` ${json}\n`)).toBe('eyJhbGciOiJFUzI1NiJ9.aGVsbG8.AAAA')
  })

  test.each([
    'eyJhbGciOiJFUzI1NiJ9.aGVsbG8',
    'a.b.c.d',
    '.b.c',
    'a.b.c!',
    '{',
    '{}x',
    '[]',
    '',
    '{"payload":"a","protected":"b","signature":1}',
    '{"payload":"a","protected":"b","signature":"c","header":{"alg":"none"}}',
    '{"payload":"a","payload":"b","protected":"b","signature":"c"}',
    '{"payload":"a","signatures":[{"signature":"c"},{"signature":"d"}]}',
    '{"payload":"a","signatures":"c"}',
    '{"ciphertext":"a","protected":"b","unprotected":{}}',
    '{}',
    '{"payload":"a","protected":"b"}',
    '{"payload":"a","signature":"c"}',
    '{"ciphertext":"a","tag":"b"}',
    '{"payload":"a.b.c","protected":"d","signature":"e"}',
    '{"payload":"a","protected":"b","signature":"c+/="}',
  ])('refuses %s', async (text) => {
    expect(await codeOf(() => toggleSerialization(text))).toBe('token_malformed')
  })

  test('throws nothing but its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          toggleSerialization(text)
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError)
        }
      }),
    )
  })
})

describe('RFC 7520 examples', () => {
  beforeEach(({ skip }) => skip(vectorsFolder === undefined, missingVectors))

  test.each([
    'jws/4_1.rsa_v15_signature',
    'jws/4_3.ecdsa_signature',
    'jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm',
    'jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2',
    'jwe/5_6.direct_encryption_using_aes-gcm',
  ])('%s is the same in each of its forms', (name) => {
    const { output } = loadVectors<Example>(`jose-cookbook/${name}.json`)
    expect(JSON.parse(toggleSerialization(output.compact))).toEqual(output.json_flat)
    expect(toggleSerialization(JSON.stringify(output.json_flat))).toBe(output.compact)
    expect(toggleSerialization(JSON.stringify(output.json))).toBe(output.compact)
  })

  test.each(['jws/4_6.protecting_specific_header_fields', 'jws/4_8.multiple_signatures'])(
    '%s has no compact form',
    async (name) => {
      const { output } = loadVectors<Example>(`jose-cookbook/${name}.json`)
      expect(await codeOf(() => toggleSerialization(JSON.stringify(output.json)))).toBe(
        'token_malformed',
      )
    },
  )
})

import { beforeEach, describe, expect, test } from 'vitest'
import {
  decryptJwe,
  type MacAlgorithm,
  parseJwk,
  type SignatureAlgorithm,
  verifyJws,
} from '../src/index.ts'
import { loadVectors, missingVectors, vectorsFolder } from './support/vectors.ts'

interface JwsExample {
  readonly input: {
    readonly payload: string
    readonly key: Record<string, unknown>
    readonly alg: SignatureAlgorithm | MacAlgorithm
  }
  readonly output: { readonly compact: string }
}

interface JweExample {
  readonly input: {
    readonly plaintext: string
    readonly key: Record<string, unknown>
    readonly pwd?: string
  }
  readonly output: { readonly compact: string }
}

/** JWS 4.6–4.8 and JWE 5.10–5.13 have JSON forms alone; 5.1 is RSA1_5 and 5.9 is compressed. */
describe('RFC 7520 examples', () => {
  beforeEach(({ skip }) => skip(vectorsFolder === undefined, missingVectors))

  test.each([
    'jws/4_1.rsa_v15_signature',
    'jws/4_2.rsa-pss_signature',
    'jws/4_3.ecdsa_signature',
    'jws/4_4.hmac-sha2_integrity_protection',
    'jws/4_5.signature_with_detached_content',
    'curve25519/jws',
  ])('%s verifies', async (name) => {
    const { input, output } = loadVectors<JwsExample>(`jose-cookbook/${name}.json`)
    const payload = Buffer.from(input.payload)
    const text = output.compact.replace('..', `.${payload.toString('base64url')}.`)
    const key = parseJwk(JSON.stringify(publicMembers(input.key)))
    const verified = await verifyJws(text, key, { algorithms: [input.alg] })
    expect(Buffer.from(verified.payload).toString()).toBe(input.payload)
  })

  test.each([
    'jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm',
    'jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2',
    'jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm',
    'jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2',
    'jwe/5_6.direct_encryption_using_aes-gcm',
    'jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2',
    'jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm',
  ])('%s decrypts', async (name) => {
    const { input, output } = loadVectors<JweExample>(`jose-cookbook/${name}.json`)
    const key =
      input.pwd === undefined
        ? { jwk: parseJwk(JSON.stringify(input.key)) }
        : { password: input.pwd }
    const plaintext = await decryptJwe(output.compact, key)
    expect(Buffer.from(plaintext).toString()).toBe(input.plaintext)
  })
})

function publicMembers({ d, p, q, dp, dq, qi, ...rest }: Record<string, unknown>): object {
  return rest
}

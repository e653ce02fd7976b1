import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  importVerificationKey,
  type MacAlgorithm,
  type SecretJwk,
  type SignatureAlgorithm,
  type TokenErrorCode,
  verifyJws,
} from '../src/index.ts'
import { codeOf } from './support/codes.ts'

type Algorithm = SignatureAlgorithm | MacAlgorithm

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const secret = { kty: 'oct', k: randomBytes(64).toString('base64url') } as const
const secretKey = createSecretKey(secret.k, 'base64url')

describe('a signature', () => {
  const table: readonly {
    alg: Algorithm
    privateKey: KeyObject
    publicKey: KeyObject | SecretJwk
  }[] = [
    { alg: 'ES256', ...p256 },
    { alg: 'ES384', ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) },
    { alg: 'ES512', ...generateKeyPairSync('ec', { namedCurve: 'P-521' }) },
    { alg: 'EdDSA', ...ed25519 },
    { alg: 'Ed25519', ...ed25519 },
    { alg: 'RS256', ...rsa },
    { alg: 'RS384', ...rsa },
    { alg: 'RS512', ...rsa },
    { alg: 'PS256', ...rsa },
    { alg: 'PS384', ...rsa },
    { alg: 'PS512', ...rsa },
    { alg: 'HS256', privateKey: secretKey, publicKey: secret },
    { alg: 'HS384', privateKey: secretKey, publicKey: secret },
    { alg: 'HS512', privateKey: secretKey, publicKey: secret },
  ]

  test.each(table)('by jose with $alg verifies, and no other octets do', async (row) => {
    const { alg, privateKey } = row
    const text = await new CompactSign(Buffer.from('{}'))
      .setProtectedHeader({ alg })
      .sign(privateKey)
    expect(await verdictOf(text, row)).toBeUndefined()

    const end = text.lastIndexOf('.') + 1
    const signature = Buffer.from(text.slice(end), 'base64url')
    const wrong = [
      Buffer.alloc(0),
      Buffer.alloc(signature.length),
      signature.subarray(1),
      signature.subarray(0, -1),
      Buffer.concat([signature, Buffer.alloc(1)]),
      Buffer.concat([Buffer.alloc(1), signature]),
      signature.map((octet, index) => (index === 7 ? octet ^ 1 : octet)),
    ]
    for (const octets of wrong) {
      const forged = text.slice(0, end) + Buffer.from(octets).toString('base64url')
      expect(await verdictOf(forged, row)).toBe('token_signature_invalid')
    }
    const otherInput = text.replace(
      /\.[^.]*\./,
      `.${Buffer.from('{"a":1}').toString('base64url')}.`,
    )
    expect(await verdictOf(otherInput, row)).toBe('token_signature_invalid')
  })

  test('with ES256 verifies whatever R and S begin with', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (payload) => {
        const input = signingInput('ES256', payload)
        const octets = sign('sha256', Buffer.from(input), {
          key: p256.privateKey,
          dsaEncoding: 'ieee-p1363',
        })
        const text = `${input}.${octets.toString('base64url')}`
        expect(await verdictOf(text, { alg: 'ES256', ...p256 })).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  test('of ECDSA in DER is wrong', async () => {
    const input = signingInput('ES256', Buffer.from('{}'))
    const octets = sign('sha256', Buffer.from(input), p256.privateKey)
    const text = `${input}.${octets.toString('base64url')}`
    expect(await verdictOf(text, { alg: 'ES256', ...p256 })).toBe('token_signature_invalid')
  })

  test('with PS256 and a salt of another length is wrong', async () => {
    const input = signingInput('PS256', Buffer.from('{}'))
    const padding = { padding: 6, saltLength: 20 }
    const octets = sign('sha256', Buffer.from(input), { key: rsa.privateKey, ...padding })
    const text = `${input}.${octets.toString('base64url')}`
    expect(await verdictOf(text, { alg: 'PS256', ...rsa })).toBe('token_signature_invalid')
  })

  test('with PS256 does not pass for RS256, nor the other way round', async () => {
    for (const [made, said] of [
      ['PS256', 'RS256'],
      ['RS256', 'PS256'],
    ] as const) {
      const input = signingInput(said, Buffer.from('{}'))
      const padding = made === 'PS256' ? { padding: 6, saltLength: 32 } : {}
      const octets = sign('sha256', Buffer.from(input), { key: rsa.privateKey, ...padding })
      const text = `${input}.${octets.toString('base64url')}`
      expect(await verdictOf(text, { alg: said, ...rsa })).toBe('token_signature_invalid')
    }
  })

  test('by a MAC over the public key is none: HS256 is not allowed with it', async () => {
    const input = signingInput('HS256', Buffer.from('{}'))
    const pem = p256.publicKey.export({ format: 'pem', type: 'spki' })
    const text = `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`
    const key = importVerificationKey(p256.publicKey)
    expect(await codeOf(() => verifyJws(text, key))).toBe('token_algorithm_not_allowed')
  })
})

function signingInput(alg: Algorithm, payload: Uint8Array): string {
  const header = Buffer.from(JSON.stringify({ alg })).toString('base64url')
  return `${header}.${Buffer.from(payload).toString('base64url')}`
}

function verdictOf(
  text: string,
  { alg, publicKey }: { readonly alg: Algorithm; readonly publicKey: KeyObject | SecretJwk },
): Promise<TokenErrorCode | undefined> {
  const key = importVerificationKey(publicKey, { algorithms: [alg] })
  return codeOf(() => verifyJws(text, key))
}

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { parseSubjectPublicKeyInfo } from '../src/index.ts'
import {
  encodeBitString,
  encodeInteger,
  encodeOid,
  encodeSequence,
  fromHex,
} from '../src/internal/der.ts'
import { codeOf } from './support/refusals.ts'
import { createTestSigner, type TestKeyType } from './support/signers.ts'

const { subjectPublicKeyInfo: ec } = createTestSigner('P-256')

describe('parseSubjectPublicKeyInfo', () => {
  test.each<TestKeyType>(['P-256', 'P-384', 'P-521', 'Ed25519', 'RSA'])('imports %s', (type) => {
    const { subjectPublicKeyInfo, publicKey } = createTestSigner(type)
    expect(parseSubjectPublicKeyInfo(subjectPublicKeyInfo).equals(publicKey)).toBe(true)
  })

  test.each([
    { bits: 2047, exponent: 65_537n, code: 'key_too_weak' },
    { bits: 8193, exponent: 65_537n, code: 'key_unsupported' },
    { bits: 2048, exponent: 1n, code: 'key_too_weak' },
    { bits: 2048, exponent: 65_536n, code: 'key_too_weak' },
    { bits: 2048, exponent: 2n ** 31n + 1n, code: 'key_unsupported' },
    { bits: 2048, exponent: -3n, code: 'key_unsupported' },
  ])('refuses RSA of $bits bits with exponent $exponent', ({ bits, exponent, code }) => {
    const modulus = 2n ** BigInt(bits - 1) + 1n
    expect(codeOf(() => parseSubjectPublicKeyInfo(rsaKey(modulus, exponent)))).toBe(code)
  })

  test('takes RSA of 2048 and 8192 bits with exponent 3', () => {
    expect(() => parseSubjectPublicKeyInfo(rsaKey(2n ** 2047n + 1n, 3n))).not.toThrow()
    expect(() => parseSubjectPublicKeyInfo(rsaKey(2n ** 8191n + 1n, 3n))).not.toThrow()
  })

  test('refuses an even modulus', () => {
    expect(codeOf(() => parseSubjectPublicKeyInfo(rsaKey(2n ** 2047n, 3n)))).toBe('key_too_weak')
  })

  test.each([
    { der: offCurve(), why: 'a point that is not on its curve' },
    { der: ec.subarray(0, -1), why: 'a key cut short' },
    { der: Buffer.concat([ec, Uint8Array.of(0)]), why: 'an octet too many' },
    { der: compressed(), why: 'a compressed point' },
    {
      der: encodeSequence(encodeSequence(encodeOid('1.2.3')), encodeBitString(ec)),
      why: 'no known type',
    },
    {
      der: encodeSequence(
        encodeSequence(encodeOid('1.3.101.112'), fromHex('0500')),
        encodeBitString(new Uint8Array(32)),
      ),
      why: 'Ed25519 with parameters',
    },
    {
      der: encodeSequence(
        encodeSequence(encodeOid('1.3.101.112')),
        encodeBitString(new Uint8Array(31)),
      ),
      why: 'Ed25519 of 31 octets',
    },
    {
      der: new Uint8Array(
        generateKeyPairSync('ec', {
          namedCurve: 'P-256',
          paramEncoding: 'explicit',
        }).publicKey.export({ format: 'der', type: 'spki' }),
      ),
      why: 'explicit curve parameters',
    },
    {
      der: new Uint8Array(
        generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey.export({
          format: 'der',
          type: 'spki',
        }),
      ),
      why: 'RSA bound to PSS',
    },
  ])('refuses $why', ({ der }) => {
    expect(codeOf(() => parseSubjectPublicKeyInfo(der))).toBe('key_unsupported')
  })
})

function rsaKey(modulus: bigint, exponent: bigint): Uint8Array {
  return encodeSequence(
    encodeSequence(encodeOid('1.2.840.113549.1.1.1'), fromHex('0500')),
    encodeBitString(encodeSequence(encodeInteger(modulus), encodeInteger(exponent))),
  )
}

function offCurve(): Uint8Array {
  const der = Uint8Array.from(ec)
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1
  return der
}

function compressed(): Uint8Array {
  const point = Uint8Array.of(0x02 | ((ec.at(-1) ?? 0) & 1), ...ec.subarray(-64, -32))
  const algorithm = encodeSequence(encodeOid('1.2.840.10045.2.1'), encodeOid('1.2.840.10045.3.1.7'))
  return encodeSequence(algorithm, encodeBitString(point))
}

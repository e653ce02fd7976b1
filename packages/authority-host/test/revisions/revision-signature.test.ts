import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { ConfigurationRevision } from '@mayfly/db-adapters'
import { describe, expect, test } from 'vitest'
import { type TrustedKeys, verifyRevision } from '../../src/revisions/revision-chain.ts'
import {
  digestRevision,
  encodeSignedOctets,
  isConfigurationKey,
  keyIdOf,
  noParentDigest,
} from '../../src/revisions/revision-signature.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const kinds: readonly [string, Pair, string | null][] = [
  ['Ed25519', generateKeyPairSync('ed25519'), null],
  ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'sha256'],
]

const unsigned = {
  number: 2,
  document: '{}',
  author: 'alice',
  comment: 'why',
  createdAt: new Date('2026-11-23T14:07:00.123Z'),
}
const parentDigest = new Uint8Array(32).fill(7)

for (const [name, { publicKey, privateKey }, algorithm] of kinds) {
  describe(`a revision signed by ${name}`, () => {
    const keyId = keyIdOf(publicKey)
    const keys: TrustedKeys = new Map([[keyId, publicKey]])
    const octets = encodeSignedOctets({ ...unsigned, keyId }, parentDigest)
    const signature = sign(algorithm, octets, privateKey)
    const revision: ConfigurationRevision = { ...unsigned, keyId, signature }

    test('is believed as the child of its parent', () => {
      expect(verifyRevision(revision, parentDigest, keys)).toEqual({ revision, parentDigest })
    })

    test.each<[string, Partial<ConfigurationRevision>]>([
      ['number', { number: 3 }],
      ['document', { document: '{ }' }],
      ['author', { author: 'mallory' }],
      ['comment', { comment: '' }],
      ['time', { createdAt: new Date('2026-11-23T14:07:00.124Z') }],
      ['signature', { signature: signature.subarray(1) }],
      ['signature', { signature: new Uint8Array() }],
      ['borders between fields', { author: 'alicew', comment: 'hy' }],
    ])('is refused with another %s', (_, change) => {
      expect(() => verifyRevision({ ...revision, ...change }, parentDigest, keys)).toThrow(
        /its signature does not hold/,
      )
    })

    test('is refused as the child of another parent', () => {
      expect(() => verifyRevision(revision, noParentDigest, keys)).toThrow(/does not hold/)
    })

    test('is refused under the id of a key that is not trusted', () => {
      expect(() => verifyRevision(revision, parentDigest, new Map())).toThrow(/is not trusted/)
      const others: TrustedKeys = new Map([[keyId, generateKeyPairSync('ed25519').publicKey]])
      expect(() => verifyRevision(revision, parentDigest, others)).toThrow(/does not hold/)
    })

    test('is another parent with another signature', () => {
      const other = { ...revision, signature: signature.subarray(1) }
      expect(digestRevision(other)).not.toEqual(digestRevision(revision))
    })
  })
}

const unfit: readonly [string, Pair, string | null][] = [
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256'],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'sha256'],
  ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }), 'sha256'],
  ['Ed448', generateKeyPairSync('ed448'), null],
]

test.each(unfit)('a key of %s signs no revisions, even if it is trusted', (_, pair, algorithm) => {
  const { publicKey, privateKey } = pair
  expect(isConfigurationKey(publicKey)).toBe(false)
  const keyId = keyIdOf(publicKey)
  const octets = encodeSignedOctets({ ...unsigned, keyId }, parentDigest)
  const signature = sign(algorithm, octets, privateKey)
  expect(() =>
    verifyRevision({ ...unsigned, keyId, signature }, parentDigest, new Map([[keyId, publicKey]])),
  ).toThrow(/does not hold/)
})

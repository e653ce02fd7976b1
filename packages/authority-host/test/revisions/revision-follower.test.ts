import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { ConfigurationRevision, RevisionStore } from '@mayfly/db-adapters'
import { describe, expect, test } from 'vitest'
import type { TrustedKeys, VerifiedRevision } from '../../src/revisions/revision-chain.ts'
import {
  createRevisionFollower,
  type RevisionEvent,
} from '../../src/revisions/revision-follower.ts'
import {
  digestRevision,
  encodeSignedOctets,
  keyIdOf,
  noParentDigest,
} from '../../src/revisions/revision-signature.ts'

const key = generateKeyPairSync('ed25519')
const trusting: TrustedKeys = new Map([[keyIdOf(key.publicKey), key.publicKey]])

function signRevision(number: number, parent?: ConfigurationRevision): VerifiedRevision {
  const unsigned = {
    number,
    document: '{}',
    author: 'alice',
    comment: '',
    createdAt: new Date(0),
    keyId: keyIdOf(key.publicKey),
  }
  const parentDigest = parent === undefined ? noParentDigest : digestRevision(parent)
  const octets = encodeSignedOctets(unsigned, parentDigest)
  return { revision: { ...unsigned, signature: sign(null, octets, key.privateKey) }, parentDigest }
}

/** Holds revisions, and tells when one is read. */
function createRevisions(
  held: readonly VerifiedRevision[],
  onRead: () => void,
): Pick<RevisionStore, 'findCurrentNumber' | 'findRevision'> {
  return {
    findCurrentNumber: async () => held.length,
    findRevision: async (number) => {
      onRead()
      return held[number - 1]?.revision
    },
  }
}

const first = signRevision(1)
const second = signRevision(2, first.revision)

describe('a follower', () => {
  test('does not believe what keys have verified that are not trusted any more', async () => {
    let keys: TrustedKeys = trusting
    const events: RevisionEvent[] = []
    const inForce: VerifiedRevision[] = []
    const follower = createRevisionFollower({
      revisions: createRevisions([first, second], () => {
        keys = new Map<string, KeyObject>()
      }),
      accepted: first,
      keys: () => keys,
      putInForce: (verified) => inForce.push(verified),
      onRevision: (event) => events.push(event),
    })
    await follower.look()
    expect(inForce).toEqual([])
    expect(follower.accepted).toBe(first)
    expect(events).toMatchObject([{ kind: 'refused', revision: 2 }])
  })
})

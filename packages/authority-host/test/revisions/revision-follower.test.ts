import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { ConfigurationRevision, RevisionStore } from '@mayfly/db-adapters'
import { describe, expect, test } from 'vitest'
import type { TrustedKeys, VerifiedRevision } from '../../src/revisions/revision-chain.ts'
import {
  createRevisionFollower,
  type RevisionEvent,
  type RevisionFollower,
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

interface Follow {
  readonly held: readonly VerifiedRevision[]
  readonly accepted: VerifiedRevision
  readonly keys?: () => TrustedKeys
  readonly onRead?: () => void
  readonly putInForce?: (verified: VerifiedRevision) => void
}

function follow({ held, accepted, keys, onRead, putInForce }: Follow): {
  readonly follower: RevisionFollower
  readonly events: RevisionEvent[]
} {
  const events: RevisionEvent[] = []
  const follower = createRevisionFollower({
    revisions: createRevisions(held, onRead ?? (() => undefined)),
    accepted,
    keys: keys ?? (() => trusting),
    putInForce: putInForce ?? (() => undefined),
    onRevision: (event) => events.push(event),
  })
  return { follower, events }
}

describe('a follower', () => {
  test('does not believe what keys have verified that are not trusted any more', async () => {
    let keys = trusting
    const inForce: VerifiedRevision[] = []
    const { follower, events } = follow({
      held: [first, second],
      accepted: first,
      keys: () => keys,
      onRead: () => {
        keys = new Map<string, KeyObject>()
      },
      putInForce: (verified) => inForce.push(verified),
    })
    await follower.look()
    expect(inForce).toEqual([])
    expect(follower.accepted).toBe(first)
    expect(events).toMatchObject([{ kind: 'refused', revision: 2 }])
  })

  test('tells once of a revision that cannot be put into force, whatever the reason', async () => {
    const { follower, events } = follow({
      held: [first, second],
      accepted: first,
      putInForce: () => {
        throw new TypeError('two provisioners have one name')
      },
    })
    for (let look = 0; look < 12; look += 1) await follower.look()
    expect(events).toMatchObject([{ kind: 'refused', revision: 2 }])
    expect(follower.refusal?.message).toMatch(/revision 2 .* two provisioners have one name$/)
    expect(follower.accepted).toBe(first)
  })

  test('tells whoever restored a backup how to go on from there', async () => {
    const { follower } = follow({ held: [first], accepted: second })
    await follower.look()
    expect(follower.refusal?.hint).toMatch(/after a restore .* remove db\/configuration_revision/)
  })
})

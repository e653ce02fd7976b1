import type { AuthorityHost, RevisionEvent, TrustedRevision } from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sign } from '../support/host.ts'
import {
  createProvisioner,
  createSharedAuthority,
  type SharedAuthority,
  withoutProvisioner,
  withProvisioner,
} from '../support/shared-authority.ts'
import { findSharedDatabases, type SharedDatabaseKind } from '../support/shared-database.ts'

for (const kind of await findSharedDatabases()) {
  if (kind.missing === undefined) describe(`instances on one ${kind.type}`, () => testKind(kind))
  else test(`${kind.type} tests`, ({ skip }) => skip(kind.missing))
}

function testKind(kind: SharedDatabaseKind): void {
  let shared: SharedAuthority
  let one: AuthorityHost
  let other: AuthorityHost
  let events: RevisionEvent[]
  beforeEach(async () => {
    shared = await createSharedAuthority(kind)
    events = []
    one = await shared.open()
    other = await shared.open({ onRevision: (event) => events.push(event) })
  })
  afterEach(async () => {
    await one.close()
    await other.close()
    await shared[Symbol.asyncDispose]()
  })

  test('go by the revision, and issue by it at once when it brings a provisioner', async () => {
    expect([one.revision, other.revision]).toEqual([1, 1])
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry), 'a second one')
    expect(other.revision).toBe(1)
    expect(await sign(other, await second.createToken())).toHaveProperty('serialNumber')
    expect(other.revision).toBe(2)
    expect(other.authority.provisioners().map(({ name }) => name)).toContain('second')
    expect(events).toMatchObject([
      { kind: 'in_force', revision: 2, author: 'alice', comment: 'a second one' },
    ])
    expect(await one.followRevision()).toBe(true)
    expect(await one.followRevision()).toBe(false)
    expect(one.configuration.authority.provisioners).toHaveLength(2)
  })

  test('issue nothing by a provisioner once its removal is acknowledged', async () => {
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    let isRemoved = false
    let issuedAfter = 0
    let issuedBefore = 0
    const attack = async (host: AuthorityHost): Promise<void> => {
      for (let lateTries = 0; lateTries < 3; ) {
        const beganAfter = isRemoved
        if (beganAfter) lateTries += 1
        const outcome = await sign(host, await second.createToken()).catch((error) => error)
        const isIssued = 'serialNumber' in outcome
        if (isIssued && beganAfter) issuedAfter += 1
        else if (isIssued) issuedBefore += 1
        else expect(outcome).toMatchObject({ code: 'provisioner_not_found' })
      }
    }
    const attacks = [one, other, one, other].map(attack)
    await expect.poll(() => issuedBefore, { timeout: 10_000 }).toBeGreaterThan(3)
    await shared.commit((document) => withoutProvisioner(document, 'second'))
    isRemoved = true
    await Promise.all(attacks)
    expect(issuedAfter).toBe(0)
    expect([one.revision, other.revision]).toEqual([3, 3])
  })

  test('judge again what was judged by a revision that is no longer the newest', async () => {
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    await one.followRevision()
    const token = await second.createToken()
    await shared.commit((document) => ({ ...document, crl: { enabled: false } }))
    expect(await sign(one, token)).toHaveProperty('serialNumber')
    expect(one.revision).toBe(3)
    await expect(sign(one, token)).rejects.toMatchObject({ code: 'token_already_used' })
  })

  test('let one of many admins commit, and show the others the conflict', async () => {
    const commitOne = async (index: number): Promise<TrustedRevision> => {
      await using configuration = await shared.openShared()
      const document = { authority: {}, crl: { enabled: false, admin: index } }
      return await configuration.commit({
        parent: 1,
        document,
        author: `admin ${index}`,
        comment: `why ${index}`,
      })
    }
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(commitOne))
    const won = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(won).toHaveLength(1)
    const { author, comment, createdAt } = won[0] ?? {}
    for (const each of outcomes) {
      if (each.status === 'fulfilled') continue
      expect(each.reason).toMatchObject({
        code: 'revision_conflict',
        message: `revision 2 was committed meanwhile by ${author} at ${createdAt?.toISOString()}: ${comment}`,
      })
    }
    await using configuration = await shared.openShared()
    expect(await configuration.current()).toMatchObject({ number: 2, author })
    expect(await configuration.history({ limit: 10 })).toHaveLength(2)
  })

  test('follow within a second or so, each by itself', async () => {
    const setTimer = (callback: () => void, milliseconds: number): (() => void) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    }
    one.startFollowing({ setTimer })
    other.startFollowing({ setTimer })
    await shared.commit((document) => ({ ...document, crl: { enabled: false } }))
    await expect.poll(() => [one.revision, other.revision], { timeout: 10_000 }).toEqual([2, 2])
  })
}

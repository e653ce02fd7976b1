import type { AuthorityHost, RevisionEvent } from '@mayfly/authority-host'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refusalOf, sign } from '../support/host.ts'
import {
  createProvisioner,
  createSharedAuthority,
  type NewProvisioner,
  type SharedAuthority,
  withProvisioner,
} from '../support/shared-authority.ts'
import { findSharedDatabases, type SharedDatabaseKind } from '../support/shared-database.ts'

for (const kind of await findSharedDatabases()) {
  if (kind.missing === undefined)
    describe(`what is forged in ${kind.type}`, () => testForgery(kind))
  else test(`${kind.type} tests`, ({ skip }) => skip(kind.missing))
}

function testForgery(kind: SharedDatabaseKind): void {
  let shared: SharedAuthority
  let host: AuthorityHost
  let events: RevisionEvent[]
  let second: NewProvisioner
  beforeAll(async () => {
    shared = await createSharedAuthority(kind)
    second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    host = await shared.open({ onRevision: (event) => events.push(event) })
  })
  afterAll(async () => {
    await host.close()
    await shared[Symbol.asyncDispose]()
  })
  beforeEach(() => {
    events = []
  })

  const run = async (statements: readonly string[]): Promise<void> => {
    for (const each of statements) await shared.database.run(each)
  }
  const change = async (): Promise<number> =>
    (await shared.commit((document) => ({ ...document, crl: { at: Math.random() } }))).number

  interface Forgery {
    readonly forge: readonly string[]
    readonly mend: readonly string[]
    readonly reason: string
  }

  const { table } = kind
  const columns = 'document, author, comment, created_at, key_id, signature'
  const largest = '9223372036854775807'
  const copy = (from: number, to: number | string) =>
    `insert into ${table} (number, ${columns}) select ${to}, ${columns} from ${table} where number = ${from}`
  const set = (number: number, value: string) =>
    `update ${table} set ${value} where number = ${number}`
  const remove = (number: number | string) => `delete from ${table} where number = ${number}`

  const forgeries: readonly [string, (head: number) => Forgery][] = [
    [
      'a revision with a bad signature',
      (head) => ({
        forge: [copy(head, head + 1), set(head + 1, `signature = ${kind.octets('00'.repeat(64))}`)],
        mend: [remove(head + 1)],
        reason: `revision ${head + 1} of the configuration is refused: its signature does not hold`,
      }),
    ],
    [
      'an old revision under a new number',
      (head) => ({
        forge: [copy(head - 1, head + 1)],
        mend: [remove(head + 1)],
        reason: `revision ${head + 1} of the configuration is refused: its signature does not hold`,
      }),
    ],
    [
      'a revision by a key that nobody trusts',
      (head) => ({
        forge: [copy(head, head + 1), set(head + 1, `key_id = '${'ab'.repeat(32)}'`)],
        mend: [remove(head + 1)],
        reason: `revision ${head + 1} of the configuration is refused: its key abababababababab is not trusted`,
      }),
    ],
    [
      'a revision without its parent',
      (head) => ({
        forge: [copy(head, head + 2)],
        mend: [remove(head + 2)],
        reason: `revision ${head + 2} of the configuration is refused: revision ${head + 1}, its parent, is missing`,
      }),
    ],
    [
      'a revision under a number beyond measure',
      (head) => ({
        forge: [copy(head, largest)],
        mend: [remove(largest)],
        reason: `revision ${head + 2} of the configuration is refused: revision ${head + 1}, its parent, is missing`,
      }),
    ],
    [
      'fewer revisions than there were',
      (head) => ({
        forge: [copy(head, -head), remove(head)],
        mend: [copy(-head, head), remove(-head)],
        reason: `revision ${head - 1} of the configuration is refused: revision ${head} was in force and is gone`,
      }),
    ],
  ]

  test.each(forgeries)('%s: nothing is issued until it is gone', async (_, describeForgery) => {
    const head = await change()
    await host.followRevision()
    events = []
    const { forge, mend, reason } = describeForgery(head)
    const token = await second.createToken()
    const issued = await host.store.countCertificates()
    await run(forge)
    await expect(sign(host, token)).rejects.toMatchObject({ code: 'configuration_changed' })
    await host.followRevision()
    expect(host.revisionRefusal?.message).toBe(reason)
    expect(host.revision).toBe(head)
    expect(host.authority.provisioners()).toHaveLength(2)
    expect(events).toMatchObject([{ kind: 'refused', error: { code: 'revision_refused' } }])
    expect(await host.store.countCertificates()).toBe(issued)
    expect((await refusalOf(shared.open())).code).toBe('revision_refused')
    await run(mend)
    await host.followRevision()
    expect(events.slice(1)).toMatchObject([{ kind: 'in_force', revision: head }])
    expect(await sign(host, token)).toHaveProperty('serialNumber')
  })

  test('another document under the number in force: nobody starts with it or stays by it', async () => {
    const head = await change()
    await host.followRevision()
    await run([copy(head, -head), set(head, "document = '{}'")])
    expect((await refusalOf(shared.open())).code).toBe('revision_refused')
    await expect
      .poll(
        async () => {
          await host.followRevision()
          return host.revisionRefusal?.message
        },
        { interval: 0, timeout: 20_000 },
      )
      .toMatch(/another one under this number was in force/)
  })

  test('is told by the history', async () => {
    await using configuration = await shared.openShared()
    const entries = await configuration.history({ limit: 100 })
    const problems = new Map(entries.map(({ number, problem }) => [number, problem]))
    const [newest = 0] = problems.keys()
    expect(problems.get(newest)).toMatch(/its signature does not hold/)
    for (let number = 1; number < newest; number += 1) {
      expect(problems.get(number)).toBeUndefined()
    }
    expect(problems.get(-newest)).toMatch(/its signature does not hold/)
  })
}

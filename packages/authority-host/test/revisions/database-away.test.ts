import type { RevisionEvent } from '@mayfly/authority-host'
import { describe, expect, test } from 'vitest'
import { editJson } from '../support/folder.ts'
import { sign } from '../support/host.ts'
import { startSeverableProxy } from '../support/severable-proxy.ts'
import {
  createProvisioner,
  createSharedAuthority,
  withProvisioner,
} from '../support/shared-authority.ts'
import { findSharedDatabases, type SharedDatabaseKind } from '../support/shared-database.ts'

for (const kind of await findSharedDatabases()) {
  if (kind.server === undefined) continue
  if (kind.missing === undefined)
    describe(`an instance cut from ${kind.type}`, () => testKind(kind))
  else test(`${kind.type} tests`, ({ skip }) => skip(kind.missing))
}

function testKind(kind: SharedDatabaseKind): void {
  const { server } = kind
  if (server === undefined) return

  test('goes on reading by its last revision, issues nothing, and catches up by itself', async () => {
    await using shared = await createSharedAuthority(kind)
    await using proxy = await startSeverableProxy(server)
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    const dataSource = server.dataSource({ port: proxy.port })
    await editJson(shared.configurationPath, { db: { ...shared.database.db, dataSource } })
    const events: RevisionEvent[] = []
    await using host = await shared.open({ onRevision: (event) => events.push(event) })
    proxy.cut()
    for (let look = 0; look < 2; look += 1) {
      await expect(host.followRevision()).rejects.toMatchObject({ name: 'StoreError' })
    }
    expect(events).toMatchObject([{ kind: 'unreachable', error: { name: 'StoreError' } }])
    expect(host.authority.provisioners()).toHaveLength(2)
    const token = await second.createToken()
    await expect(sign(host, token)).rejects.toMatchObject({ name: 'StoreError' })

    const third = await createProvisioner('third')
    await shared.commit((document) => withProvisioner(document, third.entry))
    proxy.mend()
    await expect
      .poll(() => sign(host, token).then(({ serialNumber }) => typeof serialNumber, String), {
        timeout: 10_000,
      })
      .toBe('bigint')
    expect(host.revision).toBe(3)
    expect(
      events
        .slice(1)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['in_force', 'reachable'])
  })
}

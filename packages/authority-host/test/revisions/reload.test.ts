import { copyFile, writeFile } from 'node:fs/promises'
import type { AuthorityHost, RevisionEvent } from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { edit, editJson } from '../support/folder.ts'
import { refusalOf, sign } from '../support/host.ts'
import {
  createProvisioner,
  createSharedAuthority,
  createUnsharedAuthority,
  importInto,
  type SharedAuthority,
  withProvisioner,
  writeConfigurationKey,
} from '../support/shared-authority.ts'
import { sqlite } from '../support/shared-database.ts'

let shared: SharedAuthority
afterEach(() => shared[Symbol.asyncDispose]())

/** Rewrites the member `mayfly` of the file. */
function say(mayfly: object | undefined): Promise<void> {
  return editJson(shared.configurationPath, { mayfly })
}

describe('a reload of an authority that follows revisions', () => {
  let host: AuthorityHost
  let events: RevisionEvent[]
  beforeEach(async () => {
    shared = await createSharedAuthority(sqlite)
    events = []
    host = await shared.open({ onRevision: (event) => events.push(event) })
  })
  afterEach(() => host.close())

  test('takes up the file and keeps the revision', async () => {
    await editJson(shared.configurationPath, { commonName: 'Another' })
    const before = host.authority
    await host.reload()
    expect(host.configuration.commonName).toBe('Another')
    expect(host.configuration.authority.provisioners).toHaveLength(1)
    expect(host.authority).not.toBe(before)
    expect(host.revision).toBe(1)
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    expect(await sign(host, await second.createToken())).toHaveProperty('serialNumber')
  })

  test('that was prepared before a revision came goes by that revision', async () => {
    await editJson(shared.configurationPath, { commonName: 'Another' })
    const prepared = await host.prepareReload()
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    await host.followRevision()
    prepared.commit()
    expect(host.revision).toBe(2)
    expect(host.configuration.commonName).toBe('Another')
    expect(prepared.authority.provisioners()).toHaveLength(2)
    expect(await sign(host, await second.createToken())).toHaveProperty('serialNumber')
  })

  test.each<[string, (path: string) => Promise<void>, string]>([
    ['a broken file', (path) => edit(path, () => '{'), 'configuration_invalid'],
    [
      'members that the database keeps',
      (path) => editJson(path, { authority: { provisioners: [{ type: 'ACME', name: 'acme' }] } }),
      'configuration_invalid',
    ],
    [
      'a file that step has rewritten, without the member mayfly',
      (path) => editJson(path, { mayfly: undefined, authority: { provisioners: [] } }),
      'revisions_found',
    ],
    [
      'another key, which has not signed the revision in force',
      async (path) => {
        await writeConfigurationKey(shared.folder, 'other')
        const configurationPublicKey = shared.folder.file('certs', 'other.pub')
        await editJson(path, { mayfly: { configuration: 'database', configurationPublicKey } })
      },
      'revision_refused',
    ],
    [
      'a public key that is not there',
      (path) =>
        editJson(path, { mayfly: { configuration: 'database', configurationPublicKey: '/no' } }),
      'key_unreadable',
    ],
  ])('refuses %s and leaves all as it was', async (_, damage, code) => {
    // Whoever writes has read the file before.
    await shared.commit((document) => document)
    await host.followRevision()
    const { authority, configuration } = host
    await damage(shared.configurationPath)
    expect((await refusalOf(host.reload())).code).toBe(code)
    expect(host.authority).toBe(authority)
    expect(host.configuration).toBe(configuration)
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    expect(await sign(host, await second.createToken())).toHaveProperty('serialNumber')
  })

  test('brings a further key, whose revisions are then believed', async () => {
    await writeConfigurationKey(shared.folder, 'other')
    await shared.commit((document) => ({ ...document, crl: { enabled: false } }))
    const configurationPublicKey = ['configuration_key.pub', 'other.pub'].map((name) =>
      shared.folder.file('certs', name),
    )
    const configurationKey = shared.folder.file('secrets', 'other')
    await say({ configuration: 'database', configurationPublicKey, configurationKey })
    await using rotated = await shared.openShared()
    await rotated.commit({
      parent: 2,
      document: (await rotated.current())?.document ?? {},
      author: 'bob',
      comment: 'by the other key',
    })
    await host.followRevision()
    expect(events).toMatchObject([{ kind: 'refused', revision: 3 }])
    expect(host.revisionRefusal?.hint).toMatch(/mayfly\.configurationPublicKey/)
    await host.reload()
    await host.followRevision()
    expect(events.slice(1)).toMatchObject([{ kind: 'in_force', revision: 3, author: 'bob' }])
    expect(host.revisionRefusal).toBeUndefined()
  })

  test('takes a key away, whatever that key has signed while the files were read', async () => {
    const keysOf = (...names: readonly string[]) =>
      names.map((name) => shared.folder.file('certs', `${name}.pub`))
    await writeConfigurationKey(shared.folder, 'other')
    const configurationPublicKey = keysOf('configuration_key', 'other')
    await say({ configuration: 'database', configurationPublicKey })
    await host.reload()
    await using former = await shared.openShared()
    const configurationKey = shared.folder.file('secrets', 'other')
    await say({ configuration: 'database', configurationPublicKey, configurationKey })
    await shared.commit((document) => document, 'by the other key')
    await host.followRevision()
    await say({ configuration: 'database', configurationPublicKey: keysOf('other') })
    const prepared = await host.prepareReload()
    const second = await createProvisioner('second')
    const document = withProvisioner({}, second.entry)
    await former.commit({ parent: 2, document, author: 'mallory', comment: '' })
    await host.followRevision()
    expect(host.revision).toBe(3)
    prepared.commit()
    expect(host.revision).toBe(2)
    const refused = { code: 'configuration_changed' }
    await expect(sign(host, await second.createToken())).rejects.toMatchObject(refused)
    expect(host.revisionRefusal?.message).toMatch(/^revision 3 .* its key \w+ is not trusted/)
    expect(events.at(-1)).toMatchObject({ kind: 'refused', revision: 3 })
  })

  test('goes back to a file while a look finds another revision, which is dropped', async () => {
    await editJson(shared.configurationPath, {
      mayfly: { configuration: 'file' },
      authority: { provisioners: [{ type: 'ACME', name: 'acme' }] },
    })
    const prepared = await host.prepareReload()
    await say({ configuration: 'database' })
    await editJson(shared.configurationPath, { authority: {} })
    await shared.commit((document) => document)
    const { revisions } = host.store
    const { findRevision } = revisions
    Object.assign(revisions, {
      findRevision: async (number: number) => {
        prepared.commit()
        return await findRevision(number)
      },
    })
    await host.followRevision()
    expect(host.revision).toBeUndefined()
    expect(host.configuration.authority.provisioners.map(({ name }) => name)).toEqual(['acme'])
    expect(events).toEqual([])
  })

  test('goes back to a file that says so', async () => {
    await editJson(shared.configurationPath, {
      mayfly: { configuration: 'file' },
      authority: { provisioners: [{ type: 'ACME', name: 'acme' }] },
    })
    await host.reload()
    expect(host.revision).toBeUndefined()
    expect(host.authority.provisioners().map(({ name }) => name)).toEqual(['acme'])
    expect(await host.followRevision()).toBe(false)
  })

  test('tells once that the database is away, and goes on reading by the last revision', async () => {
    await host.store.close()
    await expect(host.followRevision()).rejects.toMatchObject({ name: 'StoreError' })
    await expect(host.followRevision()).rejects.toMatchObject({ name: 'StoreError' })
    expect(events).toMatchObject([{ kind: 'unreachable' }])
    expect(host.authority.provisioners()).toHaveLength(1)
  })
})

describe('an authority whose file holds everything', () => {
  beforeEach(async () => {
    shared = await createUnsharedAuthority(sqlite)
  })

  test('follows revisions after a reload, once they are there and the file says so', async () => {
    const events: RevisionEvent[] = []
    await using host = await shared.open({ onRevision: (event) => events.push(event) })
    expect(host.revision).toBeUndefined()
    await importInto(shared)
    await host.reload()
    expect(host.revision).toBe(1)
    expect(events).toMatchObject([{ kind: 'in_force', revision: 1, author: 'root' }])
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    expect(await sign(host, await second.createToken())).toHaveProperty('serialNumber')
  })

  test('tells once that others have moved what is shared, and goes on by its file', async () => {
    const path = shared.configurationPath
    const events: RevisionEvent[] = []
    await using host = await shared.open({ onRevision: (event) => events.push(event) })
    await copyFile(path, `${path}.whole`)
    await importInto(shared)
    await copyFile(`${path}.whole`, path)
    const setTimer = (callback: () => void): (() => void) => {
      const timer = setImmediate(callback)
      return () => clearImmediate(timer)
    }
    host.startFollowing({ setTimer })
    await expect
      .poll(() => events, { timeout: 30_000 })
      .toMatchObject([{ kind: 'passed_over', revision: 1 }])
    expect(host.revision).toBeUndefined()
    expect(host.authority.provisioners()).toHaveLength(1)
  })

  test('is refused beside a database with revisions, unless it says that it holds everything', async () => {
    const path = shared.configurationPath
    await copyFile(path, `${path}.whole`)
    await importInto(shared)
    await copyFile(`${path}.whole`, path)
    const error = await refusalOf(shared.open())
    expect(error.code).toBe('revisions_found')
    expect(error.hint).toContain('"configuration": "database"')
    await say({ configuration: 'file' })
    await using host = await shared.open()
    expect(host.revision).toBeUndefined()
  })

  test('is refused when it says that the database holds the rest and it does not', async () => {
    await editJson(shared.configurationPath, {
      mayfly: { configuration: 'database' },
      authority: {},
    })
    expect((await refusalOf(shared.open())).code).toBe('revision_missing')
  })

  test.each<[string, string, RegExp]>([
    ['is no PEM', 'none', /holds no public key in PEM/],
    [
      'is cut short',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      /cannot be read/,
    ],
  ])('is refused when the public key %s', async (_, text, message) => {
    await importInto(shared)
    await writeFile(shared.folder.file('certs', 'configuration_key.pub'), text)
    const error = await refusalOf(shared.open())
    expect(error.code).toBe('configuration_key_unfit')
    expect(error.message).toMatch(message)
  })

  test('is refused when a file holds two public keys, of which one would be passed over', async () => {
    await importInto(shared)
    await edit(shared.folder.file('certs', 'configuration_key.pub'), (text) => text + text)
    const error = await refusalOf(shared.open())
    expect(error.code).toBe('configuration_key_unfit')
    expect(error.message).toMatch(/configuration_key\.pub holds more than one key/)
    expect(error.hint).toMatch(/a list names several/)
  })

  test('is refused when a private key stands for the public one', async () => {
    await importInto(shared)
    await copyFile(
      shared.folder.file('secrets', 'configuration_key'),
      shared.folder.file('certs', 'configuration_key.pub'),
    )
    expect((await refusalOf(shared.open())).code).toBe('configuration_key_unfit')
  })
})

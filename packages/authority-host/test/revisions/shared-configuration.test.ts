import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { JsonObject } from '@mayfly/authority-core/config'
import {
  createConfigurationKey,
  editConfiguration,
  openSharedConfiguration,
} from '@mayfly/authority-host'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/load-configuration.ts'
import { proveDocument } from '../../src/revisions/prove-document.ts'
import { editJson } from '../support/folder.ts'
import { now, refusalOf, testTime } from '../support/host.ts'
import { addProvisioner } from '../support/provisioners.ts'
import {
  createProvisioner,
  createSharedAuthority,
  createUnsharedAuthority,
  type SharedAuthority,
  withProvisioner,
  writeConfigurationKey,
} from '../support/shared-authority.ts'
import { sqlite } from '../support/shared-database.ts'

let shared: SharedAuthority

describe('the shared configuration', () => {
  beforeAll(async () => {
    shared = await createSharedAuthority(sqlite)
  })
  afterAll(() => shared[Symbol.asyncDispose]())

  const jwk = { type: 'JWK', name: 'broken' }
  test.each<[string, JsonObject, RegExp]>([
    ['a wrong member', { authority: { backdate: 'x' } }, /the new revision: authority\.backdate: /],
    ['what is the file’s', { db: {} }, /the new revision: db: belongs into the ca\.json/],
    [
      'a provisioner without a key',
      { authority: { provisioners: [jwk] } },
      /provisioners\[0\]\.key/,
    ],
    [
      'a provisioner whose roots are none',
      { authority: { provisioners: [{ ...jwk, type: 'X5C', roots: 'AAAA' }] } },
      /authority\.provisioners\[0\]: "broken" could not be used: /,
    ],
    [
      'claims that cannot hold',
      {
        authority: {
          provisioners: [
            {
              ...jwk,
              type: 'X5C',
              roots: '',
              claims: { minTLSCertDuration: '48h', maxTLSCertDuration: '24h' },
            },
          ],
        },
      },
      /MaxCertDuration cannot be less than MinCertDuration/,
    ],
    [
      'a policy that cannot be read',
      { authority: { policy: { x509: { allow: { dns: ['*.*.x'] } } } } },
      /authority\.policy\.x509\.allow\.dns\[0\]/,
    ],
  ])('is not given %s', async (_, document, message) => {
    await using configuration = await shared.openShared()
    const draft = { parent: 1, document, author: 'a', comment: '' }
    const attempts = [() => configuration.prove(document), () => configuration.commit(draft)]
    for (const attempt of attempts) {
      const error = await refusalOf(attempt())
      expect(error.code).toBe('configuration_invalid')
      expect(error.message).toMatch(message)
    }
    expect(await configuration.current()).toMatchObject({ number: 1 })
  })

  test('is not given a template that cannot be parsed, whose provisioner would be lost', async () => {
    const { entry } = await createProvisioner('second')
    const broken = { ...entry, options: { x509: { template: '{{ nothing' } } }
    await using configuration = await shared.openShared()
    const document = withProvisioner({}, broken)
    expect((await refusalOf(configuration.prove(document))).message).toMatch(
      /"second" could not be used/,
    )
  })

  test.each<[string, { author?: string; comment?: string; document?: JsonObject }]>([
    ['an author without a name', { author: ' ' }],
    ['an author of two lines', { author: 'a\nb' }],
    ['a long author', { author: 'a'.repeat(201) }],
    ['a comment with a control character', { comment: '\u001b[2J' }],
    ['half a character', { comment: '\ud800' }],
    ['a document beyond measure', { document: { crl: { text: 'x'.repeat(5_000_000) } } }],
  ])('is not given %s', async (_, draft) => {
    await using configuration = await shared.openShared()
    const commit = configuration.commit({
      parent: 1,
      document: {},
      author: 'a',
      comment: '',
      ...draft,
    })
    expect((await refusalOf(commit)).code).toBe('configuration_invalid')
  })
})

describe('a shared configuration', () => {
  beforeEach(async () => {
    shared = await createSharedAuthority(sqlite)
  })
  afterEach(() => shared[Symbol.asyncDispose]())

  test('is not changed on top of a revision that is not there', async () => {
    await using configuration = await shared.openShared()
    const commit = configuration.commit({ parent: 9, document: {}, author: 'a', comment: '' })
    const error = await refusalOf(commit)
    expect(error.code).toBe('revision_conflict')
    expect(error.message).toBe('there is no revision 9: the newest is 1')
  })

  test('whose time is beyond any number of ours is refused in words', async () => {
    await shared.database.run('update configuration set created_at = 9223372036854775807')
    await using configuration = await shared.openShared()
    const refused = { code: 'store_corrupt', hint: expect.stringContaining('who wrote to') }
    await expect(configuration.current()).rejects.toMatchObject(refused)
    await expect(configuration.history({ limit: 1 })).rejects.toMatchObject(refused)
    await expect(shared.open()).rejects.toMatchObject(refused)
  })

  test.each<[string, JsonObject]>([
    ['end before the default', { maxTLSCertDuration: '1h' }],
    ['last longer than the longest', { minTLSCertDuration: '50h' }],
  ])('is not given claims for all by which certificates %s', async (_, claims) => {
    await using configuration = await shared.openShared()
    const current = await configuration.current()
    const authority: JsonObject = Object(current?.document.authority)
    const document = { ...current?.document, authority: { ...authority, claims } }
    const error = await refusalOf(
      configuration.commit({ parent: 1, document, author: 'a', comment: '' }),
    )
    expect(error.code).toBe('configuration_invalid')
    expect(error.message).toMatch(
      /^the new revision: authority\.provisioners\[0\]: "\S+" could not be used: .*CertDuration/,
    )
  })

  test('may be changed beside a provisioner that is of no use already, which itself is proven', async () => {
    const file = await loadConfiguration(shared.configurationPath)
    const claims = { minTLSCertDuration: '48h', maxTLSCertDuration: '24h' }
    const { entry } = await createProvisioner('useless')
    const former = { authority: { provisioners: [{ ...entry, claims }] } }
    const prove = (document: JsonObject): Promise<unknown> =>
      proveDocument(document, { file, former, source: 'the new revision', now: testTime })
    const { entry: further } = await createProvisioner('further')
    await prove(withProvisioner(former, further))
    const changed = { ...entry, claims: { ...claims, minTLSCertDuration: '47h' } }
    const error = await refusalOf(prove({ authority: { provisioners: [changed] } }))
    expect(error.message).toMatch(/"useless" could not be used/)
  })

  test('goes back by making an old document the newest', async () => {
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry), 'add')
    await using configuration = await shared.openShared()
    const old = await configuration.revision(1)
    const back = await configuration.commit({
      parent: 2,
      document: old?.document ?? {},
      author: 'bob',
      comment: 'back to 1',
    })
    expect(back).toMatchObject({ number: 3, document: old?.document, createdAt: testTime })
    const history = await configuration.history({ limit: 2 })
    expect(history.map(({ number, author }) => [number, author])).toEqual([
      [3, 'bob'],
      [2, 'alice'],
    ])
    expect(await configuration.history({ before: 2, limit: 2 })).toMatchObject([{ number: 1 }])
    expect(await configuration.revision(4)).toBeUndefined()
  })

  test('keeps any character of author, comment and document', async () => {
    const text = `ä – "😀" \\ ' % ; --`
    await using configuration = await shared.openShared()
    const document = { authority: {}, crl: { '<&>\u0000\u2028': text } }
    await configuration.commit({ parent: 1, document, author: text, comment: text })
    const current = await configuration.current()
    expect(current).toMatchObject({ author: text, comment: text, document })
  })

  /** Puts another key pair in the place of the one that signs, beside that. */
  const rotate = async (pair: KeyPairKeyObjectResult): Promise<void> => {
    await writeConfigurationKey(shared.folder, 'other', pair)
    await editJson(shared.configurationPath, {
      mayfly: {
        configuration: 'database',
        configurationKey: shared.folder.file('secrets', 'other'),
        configurationPublicKey: ['configuration_key.pub', 'other.pub'].map((name) =>
          shared.folder.file('certs', name),
        ),
      },
    })
  }

  test('is signed by a P-256 key where that is the one', async () => {
    await rotate(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    await shared.commit((document) => document, 'by P-256')
    await using host = await shared.open()
    expect(host.revision).toBe(2)
  })

  test('trusts no RSA key', async () => {
    await rotate(generateKeyPairSync('rsa', { modulusLength: 2048 }))
    const error = await refusalOf(shared.open())
    expect(error.code).toBe('configuration_key_unfit')
    expect(error.message).toMatch(/other\.pub is a key of another kind/)
  })

  test('is not signed by a key that no instance trusts', async () => {
    await writeConfigurationKey(shared.folder, 'other')
    await editJson(shared.configurationPath, {
      mayfly: {
        configuration: 'database',
        configurationKey: shared.folder.file('secrets', 'other'),
      },
    })
    await using configuration = await shared.openShared()
    const commit = configuration.commit({ parent: 1, document: {}, author: 'a', comment: '' })
    expect((await refusalOf(commit)).code).toBe('configuration_key_unfit')
  })

  test('is not put into the file', async () => {
    const edit = editConfiguration({
      path: shared.configurationPath,
      change: (document) => addProvisioner(document, 'acme'),
    })
    const error = await refusalOf(edit)
    expect(error.code).toBe('configuration_invalid')
    expect(error.message).toMatch(/authority\.provisioners: is kept in the database/)
  })
})

describe('a file that holds everything', () => {
  beforeEach(async () => {
    shared = await createUnsharedAuthority(sqlite)
  })
  afterEach(() => shared[Symbol.asyncDispose]())

  test('has no shared configuration', async () => {
    expect((await refusalOf(shared.openShared())).code).toBe('configuration_not_shared')
  })
})

describe('createConfigurationKey', () => {
  beforeEach(async () => {
    shared = await createSharedAuthority(sqlite)
  })
  afterEach(() => shared[Symbol.asyncDispose]())

  test('makes an encrypted Ed25519 key, which signs with its password alone', async () => {
    const { configurationPath } = shared
    const options = { configurationPath, password: 'secret', overwrite: async () => true }
    const { keyPath, publicKeyPath, keyId } = await createConfigurationKey({
      ...options,
      publicKeyPath: shared.folder.file('certs', 'next.pub'),
    })
    expect(keyPath).toBe(shared.folder.file('secrets', 'configuration_key'))
    expect(await readFile(keyPath, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    expect((await stat(keyPath)).mode & 0o777).toBe(0o600)
    await editJson(configurationPath, {
      mayfly: {
        configuration: 'database',
        configurationPublicKey: [
          shared.folder.file('certs', 'configuration_key.pub'),
          publicKeyPath,
        ],
      },
    })
    const draft = { parent: 1, document: {}, author: 'a', comment: '' }
    const open = (password: string) =>
      openSharedConfiguration({
        configurationPath,
        configurationKeyPassword: async () => password,
        now,
      })
    await using wrong = await open('wrong')
    expect((await refusalOf(wrong.commit(draft))).code).toBe('key_decryption_failed')
    await using right = await open('secret\n')
    expect(await right.commit(draft)).toMatchObject({ number: 2, keyId })
  })

  test('refuses to replace a key', async () => {
    const { configurationPath } = shared
    const before = await shared.folder.readText('secrets', 'configuration_key')
    const error = await refusalOf(createConfigurationKey({ configurationPath, password: 'x' }))
    expect(error.code).toBe('file_exists')
    expect(await shared.folder.readText('secrets', 'configuration_key')).toBe(before)
  })
})

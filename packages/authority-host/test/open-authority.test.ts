import { chmod, readFile, writeFile } from 'node:fs/promises'
import { openAuthority } from '@mayfly/authority-host'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import {
  certificateFingerprint,
  parseCertificatePem,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyStepFolder, edit, editJson, type Folder } from './support/folder.ts'
import {
  createToken,
  now,
  open,
  provisionerKey,
  random,
  refusalOf,
  sign,
  testTime,
} from './support/host.ts'

const password = async (): Promise<string> => 'correct horse battery staple\n'

let step: Folder
beforeAll(async () => {
  step = await copyStepFolder()
})
afterAll(() => step[Symbol.asyncDispose]())

describe('a folder made by the real step', () => {
  test('opens and issues, its provisioner key opened by its password', async () => {
    await using host = await open(step.file('config', 'ca.json'), { password })
    expect(host.configuration.dnsNames).toEqual(['localhost', '127.0.0.1'])
    expect(host.store.persistent).toBe(false)
    const key = await provisionerKey(host, 'correct horse battery staple')
    const certificate = await sign(host, await createToken(host, key))
    const [root] = parseCertificatePem(await step.readText('certs', 'root_ca.crt'))
    if (root === undefined) throw new Error('there is no root')
    const { chain } = host.authority
    const path = verifyCertificatePath(certificate, {
      roots: [root],
      intermediates: chain,
      now: testTime,
    })
    expect(path).toHaveLength(3)
    const { fingerprint } = JSON.parse(await step.readText('config', 'defaults.json'))
    expect(certificateFingerprint(root)).toBe(fingerprint)
    expect(host.authority.findRoot(fingerprint)).toBeDefined()
  })

  test('lists its provisioner octet for octet as step wrote it', async () => {
    await using host = await open(step.file('config', 'ca.json'), { password })
    const { authority } = JSON.parse(await step.readText('config', 'ca.json'))
    const [listed] = host.authority.provisioners()
    expect(JSON.stringify(listed?.document)).toBe(JSON.stringify(authority.provisioners[0]))
  })
})

describe('the password', () => {
  test('may stand in ca.json', async () => {
    await using folder = await copyStepFolder()
    const path = folder.file('config', 'ca.json')
    await editJson(path, { password: 'correct horse battery staple' })
    await using host = await open(path)
    expect(host.authority.chain).toHaveLength(1)
  })

  test.each([
    [0o644, ['password']],
    [0o640, ['password']],
    [0o600, []],
  ])('in a ca.json of mode %o is warned of at %j, unquoted', async (mode, paths) => {
    await using folder = await copyStepFolder()
    const path = folder.file('config', 'ca.json')
    await editJson(path, { password: 'correct horse battery staple' })
    await chmod(path, mode)
    await using host = await open(path)
    const { warnings } = host.configuration
    expect(warnings.map((warning) => warning.path)).toEqual(paths)
    expect(JSON.stringify(warnings)).not.toContain('horse')
  })

  test('is not missed in a ca.json that everyone may read', async () => {
    await using host = await open(step.file('config', 'ca.json'), { password })
    expect(host.configuration.warnings).toEqual([])
  })

  test('is asked for when there is none, by the name of the key', async () => {
    const asked: string[] = []
    const askPassword = async (path: string): Promise<string> => {
      asked.push(path)
      return 'correct horse battery staple'
    }
    await using host = await open(step.file('config', 'ca.json'), { askPassword })
    await host.reload()
    expect(asked).toEqual([step.file('secrets', 'intermediate_ca_key')])
  })

  test('of a file goes before the one in ca.json', async () => {
    await using folder = await copyStepFolder()
    const path = folder.file('config', 'ca.json')
    await editJson(path, { password: 'wrong' })
    await using host = await open(path, { password })
    expect(host.authority.chain).toHaveLength(1)
  })

  test.each([
    ['is wrong', { password: async () => 'wrong password' }],
    ['is missing', {}],
  ])('is refused when it %s, without being quoted', async (_, options) => {
    const error = await refusalOf(open(step.file('config', 'ca.json'), options))
    expect(error.code).toBe('key_decryption_failed')
    expect(error.message).toContain(step.file('secrets', 'intermediate_ca_key'))
    expect(error.message).not.toContain('wrong password')
  })
})

test('a key that is not encrypted is warned of, at the start and at each reload', async () => {
  await using folder = await copyStepFolder()
  await using host = await open(configurationOf(folder), { password })
  expect(host.configuration.warnings).toEqual([])

  const path = folder.file('secrets', 'intermediate_ca_key')
  const key = await parsePrivateKeyPem(await readFile(path, 'utf8'), {
    password: 'correct horse battery staple',
  })
  await writeFile(path, key.export({ format: 'pem', type: 'pkcs8' }))
  const reason = `${path} is not encrypted; give it a password with 'mayfly crypto change-pass'`
  await host.reload()
  expect(host.configuration.warnings).toEqual([{ path: 'key', reason }])
  await using again = await open(configurationOf(folder))
  expect(again.configuration.warnings).toEqual([{ path: 'key', reason }])
})

describe('openAuthority refuses', () => {
  test('a configuration that is not there', async () => {
    const error = await refusalOf(open(step.file('nowhere.json')))
    expect(error.code).toBe('configuration_not_found')
    expect(error.message).toBe(
      `open ${step.file('nowhere.json')} failed: no such file or directory`,
    )
  })

  test('a folder for a configuration', async () => {
    expect((await refusalOf(open(step.path))).code).toBe('configuration_unreadable')
  })

  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

  test.each<[string, (folder: Folder) => Promise<void>, string]>([
    [
      'a configuration that is wrong',
      (folder) => editJson(configurationOf(folder), { dnsNames: [] }),
      'configuration_invalid',
    ],
    [
      'a configuration cut short',
      (folder) => edit(configurationOf(folder), (text) => text.slice(0, 100)),
      'configuration_invalid',
    ],
    [
      'a root that is not there',
      (folder) => editJson(configurationOf(folder), { root: folder.file('x') }),
      'certificate_unreadable',
    ],
    [
      'a root that is none',
      (folder) => writeFile(folder.file('certs', 'root_ca.crt'), broken),
      'certificate_unreadable',
    ],
    [
      'an empty intermediate',
      (folder) => writeFile(folder.file('certs', 'intermediate_ca.crt'), ''),
      'certificate_unreadable',
    ],
    [
      'federated roots that are not there',
      (folder) => editJson(configurationOf(folder), { federatedRoots: ['/x'] }),
      'certificate_unreadable',
    ],
    [
      'a key that is not there',
      (folder) => editJson(configurationOf(folder), { key: folder.file('x') }),
      'key_unreadable',
    ],
    [
      'a key cut short',
      (folder) => edit(folder.file('secrets', 'intermediate_ca_key'), (text) => text.slice(0, 150)),
      'key_unreadable',
    ],
    [
      'the key of another certificate',
      (folder) => editJson(configurationOf(folder), { key: folder.file('secrets', 'root_ca_key') }),
      'key_mismatch',
    ],
    [
      'an unknown database',
      (folder) => editJson(configurationOf(folder), { db: { type: 'foo', dataSource: 'x' } }),
      'database_unsupported',
    ],
  ])('%s', async (_, damage, code) => {
    await using folder = await copyStepFolder()
    await damage(folder)
    expect((await refusalOf(open(configurationOf(folder), { password }))).code).toBe(code)
  })

  test.each<[string, object]>([
    ['root', { root: '/nosuch' }],
    ['federatedRoots', { federatedRoots: ['/nosuch'] }],
    ['crt', { crt: '/nosuch' }],
    ['key', { key: '/nosuch' }],
  ])('a file that is not there by the member that names it: %s', async (member, members) => {
    await using folder = await copyStepFolder()
    await editJson(configurationOf(folder), members)
    const error = await refusalOf(open(configurationOf(folder), { password }))
    expect(error.message).toBe(`${member}: open /nosuch failed: no such file or directory`)
  })

  test('an issuer that does not lead to a root', async () => {
    await using folder = await copyStepFolder()
    const intermediate = folder.file('certs', 'intermediate_ca.crt')
    await editJson(configurationOf(folder), {
      root: intermediate,
      crt: folder.file('certs', 'root_ca.crt'),
    })
    const error = await refusalOf(open(configurationOf(folder), { password }))
    expect(error.code).toBe('chain_untrusted')
  })

  test('an issuer that has expired', async () => {
    const late = { now: () => new Date('2037-01-01T00:00:00Z') }
    const error = await refusalOf(open(configurationOf(step), { password, ...late }))
    expect(error.code).toBe('chain_untrusted')
  })
})

describe('reload', () => {
  test('takes up what changed, and keeps the store with its memory of spent tokens', async () => {
    await using folder = await copyStepFolder()
    await using host = await open(configurationOf(folder), { password })
    const key = await provisionerKey(host, 'correct horse battery staple')
    const spent = await createToken(host, key)
    const unspent = await createToken(host, key)
    await sign(host, spent)
    const before = host.authority

    await editJson(configurationOf(folder), {
      commonName: 'Another',
      dnsNames: ['localhost', 'other'],
    })
    await host.reload()
    expect(host.authority).not.toBe(before)
    expect(host.configuration.commonName).toBe('Another')
    await expect(sign(host, spent)).rejects.toMatchObject({ code: 'token_already_used' })
    expect(await sign(host, unspent)).toHaveProperty('serialNumber')
  })

  test('that is only prepared changes nothing; the one that was read last stays', async () => {
    await using folder = await copyStepFolder()
    await using host = await open(configurationOf(folder), { password })
    const { authority } = host
    await editJson(configurationOf(folder), { commonName: 'First' })
    const first = await host.prepareReload()
    await editJson(configurationOf(folder), { commonName: 'Second' })
    const second = await host.prepareReload()
    expect(host.authority).toBe(authority)
    second.commit()
    first.commit()
    expect(host.configuration.commonName).toBe('Second')
    expect(host.authority).toBe(second.authority)
  })

  test('leaves tokens good that were made before it', async () => {
    let time = testTime
    await using host = await open(configurationOf(step), { password, now: () => time })
    const key = await provisionerKey(host, 'correct horse battery staple')
    const token = await createToken(host, key)
    time = new Date(testTime.getTime() + 60_000)
    await host.reload()
    expect(await sign(host, token)).toHaveProperty('serialNumber')
  })

  test('asks for no password a second time', async () => {
    let asked = 0
    const once = async (): Promise<string> => {
      asked += 1
      return 'correct horse battery staple'
    }
    await using host = await open(configurationOf(step), { password: once })
    await host.reload()
    expect(asked).toBe(1)
  })

  test.each<[string, (folder: Folder) => Promise<void>, string, RegExp]>([
    [
      'a broken file',
      (folder) => edit(configurationOf(folder), () => '{'),
      'configuration_invalid',
      /is not JSON/,
    ],
    [
      'a wrong member',
      (folder) => editJson(configurationOf(folder), { address: 'x' }),
      'configuration_invalid',
      /address: invalid address x/,
    ],
    [
      'a missing key',
      (folder) => editJson(configurationOf(folder), { key: '/nowhere' }),
      'key_unreadable',
      /\/nowhere/,
    ],
    [
      'another database',
      (folder) =>
        editJson(configurationOf(folder), {
          db: { type: 'badgerv2', dataSource: folder.file('db') },
        }),
      'database_changed',
      /^database configuration cannot change$/,
    ],
  ])('refuses %s and keeps what was in operation', async (_, damage, code, message) => {
    await using folder = await copyStepFolder()
    await using host = await open(configurationOf(folder), { password })
    const { authority, configuration } = host
    await damage(folder)
    const error = await refusalOf(host.reload())
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(host.authority).toBe(authority)
    expect(host.configuration).toBe(configuration)
    const key = await provisionerKey(host, 'correct horse battery staple')
    expect(await sign(host, await createToken(host, key))).toHaveProperty('serialNumber')
  })

  test('goes on when step has rewritten the file, with members of its own for the database', async () => {
    await using folder = await copyStepFolder()
    const db = { type: 'sqlite', dataSource: folder.file('mayfly.sqlite') }
    await editJson(configurationOf(folder), { db })
    await using host = await open(configurationOf(folder), { password })
    const rewritten = { ...db, type: 'SQLite', badgerFileLoadingMode: '' }
    await editJson(configurationOf(folder), { db: rewritten, commonName: 'Step Online CA' })
    const { authority } = host
    await host.reload()
    expect(host.authority).not.toBe(authority)
    const other = { ...db, dataSource: folder.file('other.sqlite') }
    await editJson(configurationOf(folder), { db: other })
    expect((await refusalOf(host.reload())).code).toBe('database_changed')
  })

  test('is refused once the host is closed', async () => {
    const host = await openAuthority({
      configurationPath: configurationOf(step),
      password,
      now,
      random,
    })
    await host.close()
    await host.close()
    expect((await refusalOf(host.reload())).code).toBe('host_closed')
  })
})

function configurationOf(folder: Folder): string {
  return folder.file('config', 'ca.json')
}

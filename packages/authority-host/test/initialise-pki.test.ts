import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import {
  type InitialisedPki,
  type InitialisePkiOptions,
  initialisePki,
  type PkiProgress,
  type ServerOptions,
} from '@mayfly/authority-host'
import { openPrivateJwk } from '@mayfly/jwt-tokens'
import { generatePrivateKey, type KeyType, writePrivateKey } from '@mayfly/keystore-hsm'
import { formatName, ProfileError } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFolder, type Folder } from './support/folder.ts'
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

const password = 'correct horse battery staple'

const server: ServerOptions = {
  dnsNames: ['localhost', '127.0.0.1'],
  address: '127.0.0.1:9443',
  provisionerName: 'admin@example.org',
  withDatabase: true,
}

/** As `step ca init` sets them. */
const permissions = {
  '.': '700',
  certs: '700',
  'certs/intermediate_ca.crt': '600',
  'certs/root_ca.crt': '600',
  config: '700',
  'config/ca.json': '644',
  'config/defaults.json': '644',
  db: '700',
  secrets: '700',
  'secrets/intermediate_ca_key': '600',
  'secrets/root_ca_key': '600',
  templates: '700',
}

let folder: Folder
let pki: InitialisedPki
const progress: PkiProgress[] = []

beforeAll(async () => {
  folder = await createFolder()
  pki = await initialise(folder, { onProgress: (each) => void progress.push(each) })
})
afterAll(() => folder[Symbol.asyncDispose]())

describe('initialisePki', () => {
  test("writes step's files and folders with step's permissions, and nothing else", async () => {
    expect(await list(folder.file('ca'))).toEqual(permissions)
  })

  test("writes ca.json in step's order and form", async () => {
    const text = await folder.readText('ca', 'config', 'ca.json')
    const configuration = JSON.parse(text)
    expect(text).toBe(JSON.stringify(configuration, undefined, '\t'))
    expect(text).not.toMatch(/\n$/)
    const { key, encryptedKey, ...provisioner } = configuration.authority.provisioners[0]
    const ca = folder.file('ca')
    expect(Object.entries({ ...configuration, authority: undefined })).toEqual([
      ['root', `${ca}/certs/root_ca.crt`],
      ['federatedRoots', null],
      ['crt', `${ca}/certs/intermediate_ca.crt`],
      ['key', `${ca}/secrets/intermediate_ca_key`],
      ['address', '127.0.0.1:9443'],
      ['insecureAddress', ''],
      ['dnsNames', ['localhost', '127.0.0.1']],
      ['logger', { format: 'text' }],
      ['db', { type: 'sqlite', dataSource: `${ca}/db/mayfly.sqlite` }],
      ['authority', undefined],
      [
        'tls',
        {
          cipherSuites: [
            'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
            'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
          ],
          minVersion: 1.2,
          maxVersion: 1.3,
          renegotiation: false,
        },
      ],
    ])
    expect(provisioner).toEqual({ type: 'JWK', name: 'admin@example.org' })
    expect(Object.keys(key)).toEqual(['use', 'kty', 'kid', 'crv', 'alg', 'x', 'y'])
    expect(await openPrivateJwk(encryptedKey, password)).toMatchObject({ ...key })
  })

  test('writes defaults.json for the clients', async () => {
    const text = await folder.readText('ca', 'config', 'defaults.json')
    expect(text).toBe(
      `{\n\t"ca-url": "https://localhost:9443",\n\t"ca-config": "${folder.file('ca/config/ca.json')}",\n\t"fingerprint": "${pki.rootFingerprint}",\n\t"root": "${folder.file('ca/certs/root_ca.crt')}"\n}`,
    )
  })

  test('makes certificates of ten years that openssl trusts', () => {
    expect(formatName(pki.root.subject)).toBe('O=Demo,CN=Demo Root CA')
    expect(formatName(pki.intermediate.subject)).toBe('O=Demo,CN=Demo Intermediate CA')
    for (const { validity } of [pki.root, pki.intermediate]) {
      expect(validity.notBefore).toEqual(testTime)
      expect(validity.notAfter.getTime() - testTime.getTime()).toBe(3650 * 86_400_000)
    }
    expect(pki.root.basicConstraints).toEqual({ isCa: true, pathLength: 1 })
    expect(pki.intermediate.basicConstraints).toEqual({ isCa: true, pathLength: 0 })
    const { rootCertificate, intermediateCertificate } = pki.paths
    const seconds = String(testTime.getTime() / 1000)
    expect(
      openssl('verify', '-attime', seconds, '-CAfile', rootCertificate, intermediateCertificate),
    ).toMatch(/: OK$/)
  })

  test.each(['rootKey', 'intermediateKey'] as const)(
    'encrypts the %s as PKCS #8 that openssl opens',
    async (name) => {
      const path = pki.paths[name]
      const openedBy = (word: string): string =>
        openssl('pkey', '-in', path, '-passin', `pass:${word}`, '-noout', '-text')
      expect(openedBy(password)).toContain('prime256v1')
      expect(() => openedBy('wrong')).toThrow()
      expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
    },
  )

  test('tells of its progress', () => {
    expect(progress).toEqual([
      { stage: 'root', done: false },
      { stage: 'root', done: true },
      { stage: 'intermediate', done: false },
      { stage: 'intermediate', done: true },
    ])
  })

  test('makes what openAuthority opens and issues from', async () => {
    await using host = await open(pki.paths.configuration, { password: async () => password })
    expect(host.store.persistent).toBe(true)
    const key = await provisionerKey(host, password)
    expect(await sign(host, await createToken(host, key))).toHaveProperty('serialNumber')
  })
})

describe('initialisePki on request', () => {
  test('leaves the database out', async () => {
    await using other = await createFolder()
    await initialise(other, { server: { ...server, withDatabase: false } })
    const configuration = JSON.parse(await other.readText('ca', 'config', 'ca.json'))
    expect(configuration).not.toHaveProperty('db')
    expect(Object.keys(await list(other.file('ca')))).not.toContain('db')
  })

  test('makes certificates and keys alone', async () => {
    await using other = await createFolder()
    const { server: _, ...options } = optionsFor(other)
    await initialisePki(options)
    const paths = Object.keys(await list(other.file('ca')))
    expect(paths.filter((path) => path.startsWith('config'))).toEqual(['config'])
    expect(paths).toContain('secrets/intermediate_ca_key')
  })

  test.each<[string, Partial<ServerOptions>, string]>([
    ['without the port of HTTPS', { address: ':443' }, 'https://localhost'],
    ['with brackets', { dnsNames: ['::1'], address: ':8443' }, 'https://[::1]:8443'],
    ['as told', { caUrl: 'https://ca.example.org' }, 'https://ca.example.org'],
  ])("writes the clients' URL %s", async (_, members, url) => {
    await using other = await createFolder()
    await initialise(other, { server: { ...server, ...members } })
    expect(JSON.parse(await other.readText('ca', 'config', 'defaults.json'))['ca-url']).toBe(url)
  })

  test('seals the provisioner key under its own password', async () => {
    await using other = await createFolder()
    await initialise(other, { server: { ...server, provisionerPassword: 'another one' } })
    const { authority } = JSON.parse(await other.readText('ca', 'config', 'ca.json'))
    const { encryptedKey } = authority.provisioners[0]
    expect(await openPrivateJwk(encryptedKey, 'another one')).toHaveProperty('d')
    await expect(openPrivateJwk(encryptedKey, password)).rejects.toMatchObject({
      code: 'key_decryption_failed',
    })
  })
})

describe('initialisePki under an existing root', () => {
  const key = (type?: KeyType) => generatePrivateKey(type)

  test('makes an intermediate, copies the certificate and leaves the key where it is', async () => {
    await using other = await createFolder()
    const { rootCertificate, rootKey } = pki.paths
    const made = await initialise(other, {
      root: { certificate: rootCertificate, key: rootKey, password },
    })
    expect(made.rootFingerprint).toBe(pki.rootFingerprint)
    expect(made.intermediate.issuer.der).toEqual(pki.root.subject.der)
    expect(Object.keys(await list(other.file('ca')))).not.toContain('secrets/root_ca_key')
    await using host = await open(made.paths.configuration, { password: async () => password })
    expect(host.authority.roots).toHaveLength(1)
  })

  test('made by openssl with RSA', async () => {
    await using other = await createFolder()
    openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/CN=Corporate Root',
      '-days',
      '3650',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
      '-addext',
      'keyUsage=critical,keyCertSign,cRLSign',
      '-keyout',
      other.file('root.key'),
      '-out',
      other.file('root.crt'),
    )
    const root = { certificate: other.file('root.crt'), key: other.file('root.key') }
    // openssl begins the root now, by the machine's clock.
    const later = new Date(Date.now() + 60_000)
    const made = await initialise(other, { root, now: () => later })
    expect(made.intermediate.signatureAlgorithm.name).toBe('SHA256-RSA')
    const seconds = String(Math.floor(later.getTime() / 1000))
    expect(
      openssl(
        'verify',
        '-attime',
        seconds,
        '-CAfile',
        root.certificate,
        made.paths.intermediateCertificate,
      ),
    ).toMatch(/: OK$/)
  })

  test('refuses the key of another certificate', async () => {
    await using other = await createFolder()
    await writePrivateKey(other.file('other.key'), await key())
    const root = { certificate: pki.paths.rootCertificate, key: other.file('other.key') }
    const error = await refusalOf(initialise(other, { root }))
    expect(error.code).toBe('key_mismatch')
    expect(await readdir(other.path)).toEqual(['other.key'])
  })

  test('refuses a wrong password', async () => {
    await using other = await createFolder()
    const { rootCertificate, rootKey } = pki.paths
    const root = { certificate: rootCertificate, key: rootKey, password: 'wrong' }
    expect((await refusalOf(initialise(other, { root }))).code).toBe('key_decryption_failed')
  })

  test('refuses one that may have no authority below it', async () => {
    await using other = await createFolder()
    const { intermediateCertificate, intermediateKey } = pki.paths
    const root = { certificate: intermediateCertificate, key: intermediateKey, password }
    const call = initialise(other, { root })
    await expect(call).rejects.toBeInstanceOf(ProfileError)
    await expect(call).rejects.toMatchObject({ code: 'issuer_unfit' })
    expect(await readdir(other.path)).toEqual([])
  })
})

describe('initialisePki writes all or nothing', () => {
  test.each(['certs/root_ca.crt', 'secrets/intermediate_ca_key', 'config/defaults.json'])(
    'when %s is there',
    async (name) => {
      await using other = await createFolder()
      await mkdir(other.file('ca', name, '..'), { recursive: true })
      await writeFile(other.file('ca', name), 'precious')
      const error = await refusalOf(initialise(other))
      expect(error.code).toBe('file_exists')
      expect(error.message).toBe(`${other.file('ca', name)} exists`)
      expect(await other.readText('ca', name)).toBe('precious')
      expect(Object.keys(await list(other.file('ca')))).toHaveLength(3)
    },
  )

  test('replaces what the caller allows, file by file', async () => {
    await using other = await createFolder()
    const before = await initialise(other)
    const asked: string[] = []
    const overwrite = async (path: string): Promise<boolean> => {
      asked.push(path)
      return true
    }
    const after = await initialise(other, { overwrite })
    expect(after.rootFingerprint).not.toBe(before.rootFingerprint)
    const { directory, database, ...files } = after.paths
    expect(asked.toSorted()).toEqual(Object.values(files).toSorted())
    const refused = initialise(other, { overwrite: async (path) => !path.endsWith('ca.json') })
    expect((await refusalOf(refused)).code).toBe('file_exists')
    await using host = await open(after.paths.configuration, { password: async () => password })
    expect(host.authority.findRoot(after.rootFingerprint)).toBeDefined()
  })

  test('and puts back what it has replaced when it fails', async () => {
    await using other = await createFolder()
    const { paths } = await initialise(other)
    await rm(paths.defaults)
    const before = await contentsOf(other)
    const refused = initialise(other, {
      overwrite: async () => true,
      onProgress: () => writeFile(paths.defaults, "someone else's"),
    })
    const error = await refusalOf(refused)
    expect(error).toMatchObject({ code: 'file_exists', message: `${paths.defaults} exists` })
    expect(await contentsOf(other)).toEqual({
      ...before,
      'config/defaults.json': "someone else's",
    })
  })

  test('for one of two that begin at once', async () => {
    await using other = await createFolder()
    const outcomes = await Promise.allSettled([initialise(other), initialise(other)])
    const made = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(made).toHaveLength(1)
    for (const { paths, rootFingerprint } of made) {
      await using host = await open(paths.configuration, { password: async () => password })
      expect(host.authority.findRoot(rootFingerprint)).toBeDefined()
      expect(await readdir(paths.directory)).not.toContainEqual(expect.stringMatching(/^\.new/))
    }
  })

  test('under links too: one that leads nowhere is not replaced unasked', async () => {
    await using other = await createFolder()
    await mkdir(other.file('ca', 'secrets'), { recursive: true })
    await symlink('/nowhere', other.file('ca', 'secrets', 'root_ca_key'))
    expect((await refusalOf(initialise(other))).code).toBe('file_exists')
  })

  test.each([0o000, 0o077])('with the same permissions under umask %o', async (umask) => {
    await using other = await createFolder()
    const module = new URL('../src/index.ts', import.meta.url).href
    const program = `
      process.umask(${umask})
      const { initialisePki } = await import(${JSON.stringify(module)})
      const { randomBytes } = await import('node:crypto')
      await initialisePki({
        ...${JSON.stringify({ directory: other.file('ca'), name: 'Demo', password, server })},
        now: () => new Date(), random: (length) => new Uint8Array(randomBytes(length)),
      })`
    execFileSync(process.execPath, ['--input-type=module', '-e', program])
    expect(await list(other.file('ca'))).toEqual(permissions)
  })

  test('when the configuration would not be usable', async () => {
    await using other = await createFolder()
    const call = initialise(other, { server: { ...server, address: 'localhost' } })
    const error = await refusalOf(call)
    expect(error.code).toBe('configuration_invalid')
    expect(error.message).toMatch(/address: invalid address localhost/)
    expect(await readdir(other.path)).toEqual([])
  })

  test('when a folder is in the way of a file, taking back what was placed', async () => {
    await using other = await createFolder()
    await mkdir(other.file('ca', 'config', 'ca.json', 'in-the-way'), { recursive: true })
    const error = await refusalOf(initialise(other, { overwrite: async () => true }))
    expect(error.code).toBe('file_unwritable')
    expect(Object.keys(await list(other.file('ca')))).toEqual([
      '.',
      'config',
      'config/ca.json',
      'config/ca.json/in-the-way',
    ])
  })

  // A process of its own: where Node's recursive mkdir goes round for ever, it keeps the process from ending.
  test.skipIf(process.platform !== 'linux')('when the place is under /proc, at once', () => {
    const module = new URL('../src/place-files.ts', import.meta.url)
    const script = `import { placeFiles } from '${module}'
      const nothing = { folders: [], files: [], replaced: new Set() }
      await placeFiles({ directory: '/proc/x/y', ...nothing }).catch(({ code, message }) => console.log(code, message))`
    const argv = ['--input-type=module', '--eval', script]
    expect(execFileSync(process.execPath, argv, { encoding: 'utf8', timeout: 5000 })).toBe(
      'file_unwritable writing to /proc/x/y failed: no such file or directory\n',
    )
  })

  test('when the place is a file', async () => {
    await using other = await createFolder()
    await writeFile(other.file('ca'), '')
    const error = await refusalOf(initialise(other))
    expect(error.code).toBe('file_unwritable')
    expect(error.message).toContain(other.file('ca'))
  })
})

function initialise(
  into: Folder,
  options: Partial<InitialisePkiOptions> = {},
): Promise<InitialisedPki> {
  return initialisePki({ ...optionsFor(into), ...options })
}

function optionsFor(into: Folder): InitialisePkiOptions {
  return { directory: into.file('ca'), name: 'Demo', password, server, now, random }
}

/** Paths below a folder of an authority with their contents. */
async function contentsOf(other: Folder): Promise<Record<string, string>> {
  const entries = await readdir(other.file('ca'), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const contents = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [relative(other.file('ca'), path), await readFile(path, 'utf8')]
    }),
  )
  return Object.fromEntries(contents)
}

/** Paths below a folder with their permissions in octal. */
async function list(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory, { recursive: true })
  const modes = await Promise.all(
    ['.', ...names.toSorted()].map(async (name) => {
      const { mode } = await stat(`${directory}/${name}`)
      return [name, (mode & 0o777).toString(8)]
    }),
  )
  return Object.fromEntries(modes)
}

function openssl(...argv: string[]): string {
  return execFileSync('openssl', argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim()
}

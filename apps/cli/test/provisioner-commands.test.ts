import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  flattenedOf,
  generateProvisionerKey,
  openPrivateJwk,
  type ProvisionerKey,
  sealPrivateJwk,
} from '@mayfly/jwt-tokens'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AnsweringAuthority, startAnsweringAuthority } from './support/answering-authority.ts'
import { type Outcome, type RunOptions, runCaptured } from './support/captured-io.ts'

let authority: AnsweringAuthority
let admin: ProvisionerKey
let folder: string
let path: string

beforeAll(async () => {
  authority = await startAnsweringAuthority()
  admin = await generateProvisionerKey()
})
afterAll(() => authority[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-provisioners-'))
  process.chdir(folder)
  await authority.writeHome('home')
  path = join(folder, 'home', 'config', 'ca.json')
  const provisioners = [
    { type: 'JWK', name: 'admin', key: admin.publicJwk, encryptedKey: 'a.b.c.d.e' },
    { type: 'OIDC', name: 'google', clientID: 'x' },
    { type: 'Future', name: 'new', mine: true },
  ]
  const document = { $note: 1, root: 'r', crt: 'c', key: 'k', address: ':0' }
  await writeFile(path, JSON.stringify({ ...document, authority: { note: [], provisioners } }))
  await writeFile('pw', 'secret\n')
  authority.on('GET /admin/admins', { status: 404, message: 'no' }, 404)
})
afterEach(async () => {
  process.chdir(tmpdir())
  await rm(folder, { recursive: true })
})

function mayfly(line: string, options: RunOptions = {}): Promise<Outcome> {
  return runCaptured(line.split(' '), {
    ...options,
    environment: { MAYFLYPATH: join(folder, 'home'), NO_COLOR: '1', ...options.environment },
  })
}

async function provisioners(): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse(await readFile(path, 'utf8')).authority.provisioners
}

async function named(name: string): Promise<Record<string, unknown>> {
  return (await provisioners()).find((each) => each.name === name) ?? {}
}

describe('where the provisioners are kept', () => {
  test.each([404, 501])('in the file, where the CA answers %s', async (status) => {
    authority.on('GET /admin/admins', { status, message: 'no' }, status)
    expect(await mayfly('ca provisioner add acme --type ACME')).toEqual({
      status: 0,
      stdout: '',
      stderr: `✔ CA Configuration: ${path}\n\nSuccess! Your \`mayfly-ca\` config has been updated. To pick up the new configuration SIGHUP (kill -1 <pid>) or restart the mayfly-ca process.\n`,
    })
    expect((await named('acme')).type).toBe('ACME')
  })

  test('in its database, where it wants a credential: refused', async () => {
    authority.on('GET /admin/admins', { status: 401, message: 'no' }, 401)
    const before = await readFile(path, 'utf8')
    for (const command of ['add x --type ACME', 'update admin --ssh=false', 'remove admin']) {
      expect(await mayfly(`ca provisioner ${command}`)).toEqual({
        status: 1,
        stdout: '',
        stderr: 'remote management, by which this CA keeps its provisioners, is not offered yet\n',
      })
    }
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  test('nobody knows where, when the CA fails', async () => {
    authority.on('GET /admin/admins', { status: 500, message: 'broken' }, 500)
    const { status, stderr } = await mayfly('ca provisioner remove admin')
    expect(status).toBe(1)
    expect(stderr).toContain('broken')
    expect(await named('admin')).toHaveProperty('name')
  })

  test('in the file, where nobody answers or no CA is known', async () => {
    const unknown = { environment: { MAYFLY_CA_URL: '' } }
    expect((await mayfly('ca provisioner add one --type ACME', unknown)).status).toBe(0)
    const silent = 'ca provisioner add two --type ACME --ca-url https://localhost:1'
    expect((await mayfly(silent)).status).toBe(0)
    expect((await provisioners()).map(({ name }) => name)).toEqual([
      'admin',
      'google',
      'new',
      'one',
      'two',
    ])
  })
})

describe('a change of the file', () => {
  test('keeps unknown members and provisioners', async () => {
    await mayfly('ca provisioner update admin --disable-renewal --x509-max-dur 48h')
    const { authority: kept, ...others } = JSON.parse(await readFile(path, 'utf8'))
    expect(Object.keys(others)).toEqual(['$note', 'root', 'crt', 'key', 'address'])
    expect(kept).toEqual({
      note: [],
      provisioners: [
        {
          type: 'JWK',
          name: 'admin',
          key: admin.publicJwk,
          encryptedKey: 'a.b.c.d.e',
          claims: { maxTLSCertDuration: '48h0m0s', disableRenewal: true },
        },
        { type: 'OIDC', name: 'google', clientID: 'x' },
        { type: 'Future', name: 'new', mine: true },
      ],
    })
  })

  test('of many commands at once loses nothing', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const outcomes = await Promise.all(
      names.map((name) => mayfly(`ca provisioner add ${name} --type ACME`)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(names.map(() => 0))
    const written = (await provisioners()).slice(3).map(({ name }) => String(name))
    expect(written.toSorted()).toEqual(names.toSorted())
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  test('needs no step where the server watches the file', async () => {
    const document = JSON.parse(await readFile(path, 'utf8'))
    const mayflySettings = { watchConfiguration: true }
    await writeFile(path, JSON.stringify({ ...document, mayfly: mayflySettings }))
    expect((await mayfly('ca provisioner add acme --type ACME')).stderr).toContain(
      'Success! Your `mayfly-ca` config has been updated. A running mayfly-ca takes it in by itself.\n',
    )
  })

  test('removes provisioners of any type, and the last one only by force', async () => {
    for (const name of ['google', 'new']) {
      expect((await mayfly(`ca provisioner remove ${name}`)).status).toBe(0)
    }
    expect((await mayfly('ca provisioner remove admin')).status).toBe(1)
    expect((await mayfly('ca provisioner remove admin --force')).status).toBe(0)
    expect(await provisioners()).toEqual([])
  })

  test('of a provisioner of another type is not offered yet', async () => {
    expect((await mayfly('ca provisioner update google --ssh=false')).stderr).toContain(
      "a provisioner of type 'OIDC' is not offered yet\n",
    )
  })
})

describe('keys of JWK provisioners', () => {
  test('are printed so that the CA cannot steer the terminal by them', async () => {
    authority.on('GET /provisioners/one/encrypted-key', { key: 'a.b\u001b]0;c\u0007\n\u202ed' })
    expect(await mayfly('ca provisioner jwe-key one')).toEqual({
      status: 0,
      stdout: 'a.b\\u001b]0;c\\u0007\\u000a\\u202ed\n',
      stderr: '',
    })
  })

  test('of a private key only the public part goes into key', async () => {
    await writeFile('key.json', JSON.stringify(admin.privateJwk))
    await mayfly('ca provisioner add mine --public-key key.json')
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await writeFile('rsa.pem', privateKey.export({ format: 'pem', type: 'pkcs8' }))
    await mayfly('ca provisioner add rsa --public-key rsa.pem')
    expect(await named('mine')).toMatchObject({ key: admin.publicJwk })
    expect(Object.keys(Object((await named('rsa')).key))).toEqual(['kty', 'kid', 'alg', 'n', 'e'])
    expect(await readFile(path, 'utf8')).not.toMatch(/"(d|p|q)":/)
  })

  test.each(['compact', 'flattened'])('a %s JWE is kept as it is', async (form) => {
    const sealed = await sealPrivateJwk(admin.privateJwk, 'other')
    await writeFile('pub.json', JSON.stringify(admin.publicJwk))
    await writeFile('jwe', form === 'compact' ? `${sealed}\n` : flattenedOf(sealed))
    await mayfly('ca provisioner add mine --public-key pub.json --private-key jwe')
    expect(await named('mine')).toMatchObject({ encryptedKey: sealed })
  })

  test('a private key in the clear is kept under the password, with the public key’s kid', async () => {
    const publicJwk = { ...admin.publicJwk, kid: 'chosen' }
    await writeFile('pub.json', JSON.stringify(publicJwk))
    await writeFile('key.json', JSON.stringify(admin.privateJwk))
    await mayfly(
      'ca provisioner add mine --public-key pub.json --private-key key.json --password-file pw',
    )
    const { key, encryptedKey } = await named('mine')
    expect(key).toEqual(publicJwk)
    expect(await openPrivateJwk(String(encryptedKey), 'secret')).toEqual({
      ...publicJwk,
      d: admin.privateJwk.d,
    })
  })

  test('another public key takes the private key of the former away', async () => {
    const { publicJwk } = await generateProvisionerKey()
    await writeFile('pub.json', JSON.stringify(publicJwk))
    await mayfly('ca provisioner update admin --public-key pub.json')
    expect(await named('admin')).toEqual({ type: 'JWK', name: 'admin', key: publicJwk })
  })

  test.each([
    { text: '{"kty":"oct","k":"AAAA"}', words: 'a symmetric key cannot be used as a provisioner' },
    { text: 'eyJhIjoxfQ.b.c.d.e', words: 'it is a private key' },
    {
      text: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      words: 'no public key',
    },
  ])('refuses $text as a public key', async ({ text, words }) => {
    await writeFile('bad', text)
    const { status, stderr } = await mayfly('ca provisioner add mine --public-key bad')
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(words) })
    expect(await named('mine')).toEqual({})
  })

  test('refuses a public key as the private one', async () => {
    await writeFile('pub.json', JSON.stringify(admin.publicJwk))
    expect(
      (await mayfly('ca provisioner add mine --public-key pub.json --private-key pub.json')).stderr,
    ).toContain('invalid jwk: private-key is a public key')
  })
})

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createOneTimeToken, generateProvisionerKey, sealPrivateJwk } from '@mayfly/jwt-tokens'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AnsweringAuthority, startAnsweringAuthority } from './support/answering-authority.ts'
import { type Outcome, type RunOptions, runCaptured } from './support/captured-io.ts'

let authority: AnsweringAuthority
let folder: string

beforeAll(async () => {
  authority = await startAnsweringAuthority()
})
afterAll(() => authority[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-other-'))
  process.chdir(folder)
  await authority.writeHome('home')
  authority.requests.length = 0
})
afterEach(async () => {
  process.chdir(tmpdir())
  await rm(folder, { recursive: true })
})

function mayfly(line: string, options: RunOptions = {}): Promise<Outcome> {
  return runCaptured(line.split(' '), {
    ...options,
    environment: { MAYFLYPATH: join(folder, 'home'), ...options.environment },
  })
}

async function createToken(claims: { sha: string; audience?: string; subject?: string }) {
  const { privateJwk } = await generateProvisionerKey()
  return await createOneTimeToken({
    key: privateJwk,
    issuer: 'admin',
    subject: 'foo',
    audience: `${authority.url}/1.0/sign`,
    ...claims,
    now: () => new Date(),
    random: (length) => new Uint8Array(length),
  })
}

describe('revoke --with-renewals', () => {
  test('fails at a CA that does not know of renewals, and says what was done', async () => {
    await authority.writeLeaf('foo.crt', 'foo.key')
    authority.on('POST /revoke', { status: 'ok' })
    const { status, stderr } = await mayfly(
      'ca revoke --cert foo.crt --key foo.key --with-renewals',
    )
    expect(status).toBe(1)
    expect(stderr).toMatch(
      /Certificate with Serial Number \d+ has been revoked\.\nthe certificate itself was revoked, but not its renewals: this CA does not know '--with-renewals'\. They stay good until they expire; revoke each by its serial number, .*\n$/,
    )
  })

  test('tells of every certificate that the CA lists', async () => {
    await authority.writeLeaf('foo.crt', 'foo.key')
    authority.on('POST /revoke', { status: 'ok', serials: ['17', '18'] })
    const { status, stderr } = await mayfly(
      'ca revoke --cert foo.crt --key foo.key --with-renewals',
    )
    expect(status).toBe(0)
    expect(stderr.split('\n').slice(1)).toEqual([
      'Certificate with Serial Number 17 has been revoked.',
      'Certificate with Serial Number 18 has been revoked.',
      '',
    ])
  })

  test('without the flag such a CA is good enough', async () => {
    await authority.writeLeaf('foo.crt', 'foo.key')
    authority.on('POST /revoke', { status: 'ok' })
    expect(await mayfly('ca revoke --cert foo.crt --key foo.key')).toMatchObject({ status: 0 })
  })
})

describe('what a CA says', () => {
  test('of its provisioners cannot steer the terminal', async () => {
    const { publicJwk, privateJwk } = await generateProvisionerKey()
    await writeFile('password.txt', 'p4ssword')
    const name = 'admin\u001b[2J\u009b\u202e\r\nCA: https://real'
    const listing = { type: 'JWK', name, key: publicJwk }
    authority.on('GET /provisioners?limit=100', { provisioners: [listing], nextCursor: '' })
    authority.on(`GET /provisioners/${publicJwk.kid}/encrypted-key`, {
      key: await sealPrivateJwk(privateJwk, 'p4ssword', { serialization: 'compact' }),
    })
    const made = await mayfly('ca token foo --password-file password.txt')
    expect(made.status).toBe(0)
    expect(plain(made.stderr)).toBe(
      `✔ Provisioner: admin\\u001b[2J\\u009b\\u202e\\u000d\\u000aCA: https://real (JWK) [kid: ${publicJwk.kid}]\n`,
    )
    const listed = await mayfly('ca provisioner list')
    expect(listed.stdout).not.toMatch(unfit)
    expect(JSON.parse(listed.stdout)).toEqual([listing])
    authority.on('GET /provisioners?limit=100', {
      provisioners: [listing, { type: 'ACME', name: 'x' }],
      nextCursor: '',
    })
    const asked = await mayfly('ca token foo', { typed: '\u0003' })
    expect(asked.stderr).toContain('admin\\u001b[2J')
    expect(asked.stderr).not.toContain('\u001b[2J\u009b')
  })

  test('of bad health says that it is not ready, and where to look', async () => {
    authority.on('GET /health', { status: 'error' }, 503)
    const { url } = authority
    const hint = `look at ${url}/health?verbose=1, or into the CA's log`
    const stderr = `the CA at ${url} is not ready\n${hint}\n`
    expect(await mayfly('ca health')).toMatchObject({ status: 1, stdout: '', stderr })
    const stdout = `${JSON.stringify({ status: 'error', url })}\n`
    expect(await mayfly('ca health --json')).toMatchObject({ status: 1, stdout, stderr })
  })

  test('of its health cannot, either', async () => {
    authority.on('GET /health', { status: 'ok\u001b[2J' })
    expect((await mayfly('ca health')).stdout).toBe('ok\\u001b[2J\n')
    expect((await mayfly('ca health --json')).stdout).not.toMatch(unfit)
  })
})

test.each(['text', 'json', 'short', 'fingerprint'])(
  'what a certificate says cannot steer the terminal when it is shown as %s',
  async (format) => {
    const subject = '/CN=a\u001b[2J\u009b\u202eb\u000aIssuer: me/O=\u007f'
    await promisify(execFile)('openssl', [
      ...'req -x509 -utf8 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' '),
      ...['-keyout', 'x.key', '-out', 'x.crt', '-subj', subject],
    ])
    const line =
      format === 'fingerprint'
        ? 'certificate fingerprint x.crt'
        : `certificate inspect x.crt ${format === 'short' ? '--short' : `--format ${format}`}`
    const { status, stdout } = await mayfly(line)
    expect(status).toBe(0)
    expect(stdout).not.toMatch(unfit)
    expect(stdout).not.toMatch(/^\W*Issuer: me/m)
  },
)

describe('a root', () => {
  test('with another fingerprint is not taken by bootstrap, which writes nothing', async () => {
    const other = await startAnsweringAuthority()
    authority.on(`GET /root/${other.fingerprint}`, { ca: authority.rootPem })
    const environment = { MAYFLYPATH: join(folder, 'new') }
    const line = `ca bootstrap --ca-url ${authority.url} --fingerprint ${other.fingerprint}`
    expect(await mayfly(line, { environment })).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error downloading root certificate: root certificate fingerprint does not match\n',
    })
    expect(existsSync('new')).toBe(false)
    await other[Symbol.asyncDispose]()
  })

  test.each([
    ['is not the one the server has', () => 'ab'.repeat(32)],
    ['is cut short', () => authority.fingerprint.slice(0, 32)],
    ['is drawn out', () => `${authority.fingerprint}00`],
  ])('of a token whose sha %s is not trusted: the token goes nowhere', async (_, sha) => {
    authority.on(`GET /root/${sha()}`, { ca: authority.rootPem })
    await writeFile('token', await createToken({ sha: sha() }))
    const { status } = await mayfly('ca certificate foo foo.crt foo.key --token-file token')
    expect(status).toBe(1)
    expect(authority.requests.filter((request) => request.startsWith('POST'))).toEqual([])
    expect([existsSync('foo.crt'), existsSync('foo.key')]).toEqual([false, false])
  })

  test('of the folder is not put in the place of a token’s sha', async () => {
    const other = await startAnsweringAuthority()
    other.on(`GET /root/${authority.fingerprint}`, { ca: authority.rootPem })
    await writeFile('token', await createToken({ sha: authority.fingerprint }))
    const { stderr } = await mayfly(
      `ca certificate foo foo.crt foo.key --token-file token --ca-url ${other.url}`,
    )
    expect(stderr).toContain('x509: certificate signed by unknown authority')
    expect(other.requests).toEqual([`GET /root/${authority.fingerprint}`])
    await other[Symbol.asyncDispose]()
  })

  test('of a token for http is asked for by https', async () => {
    authority.on(`GET /root/${authority.fingerprint}`, { ca: authority.rootPem })
    const audience = `${authority.url.replace('https:', 'http:')}/1.0/sign`
    await writeFile('token', await createToken({ sha: authority.fingerprint, audience }))
    const environment = { MAYFLYPATH: join(folder, 'nothing') }
    const { stderr } = await mayfly('ca certificate foo foo.crt foo.key --token-file token', {
      environment,
    })
    expect(plain(stderr)).toContain(`CA: ${authority.url}\n`)
    expect(authority.requests).toEqual([`GET /root/${authority.fingerprint}`, 'POST /sign'])
  })

  test('of a token for what is no CA is not asked for', async () => {
    const audience = 'https://me:s3cret@ca.internal/1.0/sign'
    await writeFile('token', await createToken({ sha: authority.fingerprint, audience }))
    const environment = { MAYFLYPATH: join(folder, 'nothing') }
    expect(
      await mayfly('ca certificate foo foo.crt foo.key --token-file token', { environment }),
    ).toMatchObject({
      status: 1,
      stderr:
        "the token's audience 'https://ca.internal/1.0/sign' must not have a user name or password; name the CA by --ca-url\n",
    })
  })
})

test('HTTPS_PROXY of the environment counts', async () => {
  const environment = { HTTPS_PROXY: 'socks5://me:s3cret@127.0.0.1:1' }
  const line = 'ca health --ca-url https://ca.test'
  expect(await mayfly(line, { environment })).toEqual({
    status: 1,
    stdout: '',
    stderr: 'the proxy of HTTPS_PROXY is not an address with http:// or https:// before it\n',
  })
})

test('a token’s times are of one moment, however long the clock runs', async () => {
  const { publicJwk, privateJwk } = await generateProvisionerKey()
  await writeFile('key.json', JSON.stringify(privateJwk))
  let seconds = 1_000_000_000
  const { stdout } = await mayfly(
    `ca token foo --offline --provisioner admin --key key.json --kid ${publicJwk.kid}`,
    { now: () => new Date(1000 * seconds++) },
  )
  const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
  expect([claims.iat - claims.nbf, claims.exp - claims.nbf]).toEqual([0, 300])
})

/** What steers a terminal, but for a line feed. */
const unfit = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u

/** Without our own colours. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9]*m`, 'g'), '')
}

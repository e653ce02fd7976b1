import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCaptured } from '../support/captured-io.ts'

let folder: string
let server: Server
let port: number
const path = (name: string) => join(folder, name)
const plain = ['--no-password', '--insecure']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-remote-'))
  const create = async (...words: string[]) => {
    const { status, stderr } = await runCaptured(['certificate', 'create', ...words, ...plain])
    expect(stderr).toContain('has been saved')
    expect(status).toBe(0)
  }
  const issuer = (name: string) => ['--ca', path(`${name}.crt`), '--ca-key', path(`${name}.key`)]
  const files = (name: string) => [path(`${name}.crt`), path(`${name}.key`)]
  await create('Root', ...files('root'), '--profile', 'root-ca')
  await create('Other', ...files('other'), '--profile', 'root-ca')
  await create('Int', ...files('int'), '--profile', 'intermediate-ca', ...issuer('root'))
  const names = ['--san', 'localhost', '--san', '127.0.0.1']
  await create('server', ...files('server'), '--bundle', ...names, ...issuer('int'))
  await create('second', ...files('second'), '--bundle', '--san', 'second.local', ...issuer('int'))
  await writeFile(path('nothing.crt'), '')
  server = createServer({
    ...(await keyPair('server')),
    SNICallback: async (name, done) => {
      done(null, name === 'second.local' ? createSecureContext(await keyPair('second')) : undefined)
    },
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  port = address.port
}, 30_000)

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

const keyPair = async (name: string) => ({
  cert: await readFile(path(`${name}.crt`)),
  key: await readFile(path(`${name}.key`)),
})

const certificate = (command: string, ...words: string[]) =>
  runCaptured(['certificate', command, ...words])

describe('a certificate that a server shows', () => {
  test.each(['https', 'TLS', 'tcp', 'smtps', 'ldaps'])('is read by %s://', async (scheme) => {
    const address = `${scheme}://127.0.0.1:${port}/any/path?query`
    const shown = await certificate('fingerprint', address, '--roots', path('root.crt'))
    expect(shown).toEqual(await certificate('fingerprint', path('server.crt')))
  })

  test('comes with what the server sends, and no more', async () => {
    const address = `https://localhost:${port}`
    const shown = await certificate(
      'inspect',
      address,
      '--roots',
      path('root.crt'),
      '--bundle',
      '--format',
      'pem',
    )
    expect(shown).toEqual({
      status: 0,
      stderr: '',
      stdout: (await readFile(path('server.crt'))).toString(),
    })
  })

  test('is the one of --servername', async () => {
    const address = `https://127.0.0.1:${port}`
    const named = ['--servername', 'second.local', '--roots', path('root.crt')]
    const shown = await certificate('inspect', address, '--short', ...named)
    expect(shown.stdout).toContain('Subject:     second\n')
    expect(await certificate('verify', address, ...named, '--host', 'second.local')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    })
  })

  test('is taken as it comes with --insecure, which is said', async () => {
    const address = `https://127.0.0.1:${port}`
    const stderr = 'warning: the certificate of 127.0.0.1 is shown as it came, not verified\n'
    const verified = await certificate('fingerprint', path('server.crt'))
    expect(await certificate('fingerprint', address, '--insecure')).toEqual({ ...verified, stderr })
    expect(await certificate('inspect', address, '--insecure')).toMatchObject({ status: 0, stderr })
  })

  test('needs renewal or not', async () => {
    const address = [
      'needs-renewal',
      `https://127.0.0.1:${port}`,
      '--roots',
      path('root.crt'),
    ] as const
    expect((await certificate(...address)).status).toBe(1)
    expect((await certificate(...address, '--expires-in', '25h')).status).toBe(0)
    expect((await certificate(...address, '--expires-in', '25h', '--bundle')).status).toBe(0)
  })

  test.each([
    {
      why: 'a foreign root',
      words: ['--roots', 'other.crt'],
      reason: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
    {
      why: 'no root',
      words: ['--roots', 'nothing.crt'],
      reason: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
    {
      why: 'another name',
      words: ['--roots', 'root.crt', '--servername', 'else.local'],
      reason:
        'tls: failed to verify certificate: x509: certificate is valid for localhost, not else.local',
    },
  ])('is refused for $why', async ({ words: [roots = '', file = '', ...others], reason }) => {
    const address = `https://127.0.0.1:${port}`
    const words = [address, roots, path(file), ...others]
    const told = { stdout: '', stderr: `failed to connect: ${reason}\n` }
    expect(await certificate('inspect', ...words)).toEqual({ ...told, status: 1 })
    expect(await certificate('verify', ...words)).toEqual({ ...told, status: 1 })
    expect(await certificate('needs-renewal', ...words)).toEqual({ ...told, status: 255 })
  })

  test.each([
    { address: 'https://', reason: 'error parsing https://: it names no server' },
    { address: 'https://a:b', reason: 'error parsing https://a:b: it names no server' },
    {
      address: 'tls://127.0.0.1:70000',
      reason: 'error parsing tls://127.0.0.1:70000: it names no server',
    },
    {
      address: 'https://127.0.0.1:1',
      reason: 'failed to connect: dial tcp 127.0.0.1:1: connect: connection refused',
    },
    { address: 'https://[::1]:1', reason: 'failed to connect: dial tcp [::1]:1: connect: ' },
  ])('is not to be had at $address', async ({ address, reason }) => {
    const { status, stderr } = await certificate('inspect', address)
    expect(status).toBe(1)
    expect(stderr).toContain(reason)
  })
})

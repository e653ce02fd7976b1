import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../src/command.ts'
import {
  type AuthorityFolder,
  createAuthorityFolder,
  password,
} from './support/authority-folder.ts'
import { createFakeIo, type FakeIo } from './support/fake-io.ts'
import { call, keepOneConnection } from './support/http-client.ts'

let folder: AuthorityFolder

beforeAll(async () => {
  folder = await createAuthorityFolder({ withEncryptedKey: true })
})

afterAll(() => folder.dispose())

const serving = /Serving HTTPS on 127\.0\.0\.1:(\d+) \.\.\.\n/

function portOf({ written }: FakeIo): number {
  return Number([...written.stderr.matchAll(new RegExp(serving, 'g'))].at(-1)?.[1])
}

describe('a command line', () => {
  test('asks for the version', async () => {
    const io = createFakeIo()
    expect(await run(['version'], io)).toBe(0)
    expect(io.written.stdout).toMatch(
      /^Mayfly CA\/[\d.]+ \(linux\/amd64\)\nRelease Date: [-\d :]+ UTC\n$/,
    )
  })

  test('asks for help', async () => {
    const io = createFakeIo()
    expect(await run(['--help'], io)).toBe(0)
    expect(io.written.stdout).toContain('--password-file=file')
  })

  test('asks for help on nothing we have', async () => {
    const io = createFakeIo()
    expect(await run(['help', 'nope'], io)).toBe(3)
    expect(io.written.stderr).toBe("No help topic for 'mayfly-ca nope'\n")
  })

  test('with a mistake: exit 1', async () => {
    const io = createFakeIo()
    expect(await run(['--nope'], io)).toBe(1)
    expect(io.written.stdout).toMatch(
      /^Incorrect Usage\. flag provided but not defined: -nope\n\nNAME/,
    )
    expect(io.written.stderr).toBe('flag provided but not defined: -nope\n')
  })
})

describe('a start that fails', () => {
  test('without a configuration: three lines on standard output, exit 1', async () => {
    const io = createFakeIo({ environment: { MAYFLYPATH: '/nonexistent' } })
    expect(await run([], io)).toBe(1)
    expect(io.written.stdout.split('\n')).toHaveLength(4)
    expect(io.written.stdout).toMatch(
      /^mayfly-ca can't find or open the configuration file for your CA\.\nYou may need to create a CA first by running `mayfly ca init`\.\n/,
    )
    expect(io.written.stderr).toBe('')
  })

  test('with a configuration that is no JSON: exit 2', async () => {
    const path = join(folder.directory, 'bad.json')
    await writeFile(path, '{"password":"hunter2"')
    const io = createFakeIo()
    expect(await run([path], io)).toBe(2)
    expect(io.written.stderr).toContain(path)
    expect(io.written.stderr).not.toContain('hunter2')
  })

  test('with the wrong password: exit 2', async () => {
    const path = join(folder.directory, 'wrong.txt')
    await writeFile(path, 'wrong\n')
    const io = createFakeIo()
    expect(await run([folder.configurationPath, '--password-file', path], io)).toBe(2)
    expect(io.written.stderr).toBe(
      `error decrypting ${folder.directory}/secrets/intermediate_ca_key: x509: decryption password incorrect\n`,
    )
  })

  test('with a password file that is not there: exit 2', async () => {
    const io = createFakeIo()
    expect(await run([folder.configurationPath, '--password-file', '/nonexistent'], io)).toBe(2)
    expect(io.written.stderr).toContain('/nonexistent')
  })

  test('without password and terminal: exit 2', async () => {
    const io = createFakeIo()
    expect(await run([folder.configurationPath], io)).toBe(2)
    expect(io.written.stderr).toMatch(
      /Please enter the password to decrypt \S+intermediate_ca_key: error allocating terminal: open \/dev\/tty: no such device or address\n$/,
    )
  })

  test('with a port in use: exit 2, and no pid file', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const address = holder.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const path = await rewritten({ address: `127.0.0.1:${port}` })
    const io = createFakeIo()
    const pidFile = join(folder.directory, 'pid')
    const words = [path, '--password-file', folder.passwordFile, '--pidfile', pidFile]
    expect(await run(words, io)).toBe(2)
    expect(io.written.stderr).toMatch(/\d shutting down due to startup error \.\.\.\n/)
    expect(io.written.stderr).toMatch(
      `stopped CA after error occurred: listen tcp 127.0.0.1:${port}: bind: address already in use\nstop what listens there, or name another "address"; one port moves between addresses by a restart\n`,
    )
    expect(io.written.stderr).not.toContain('Accept error')
    expect(existsSync(pidFile)).toBe(false)
    holder.close()
  })

  test('with an unknown cipher suite: exit 2, named by its path', async () => {
    const path = await rewritten({ tls: { cipherSuites: ['TLS_ROT13'] } })
    const io = createFakeIo()
    expect(await run([path, '--password-file', folder.passwordFile], io)).toBe(2)
    expect(io.written.stderr).toContain('tls.cipherSuites[0]: unknown cipher suite "TLS_ROT13"')
  })

  test('where the pid file cannot be written: exit 2', async () => {
    const io = createFakeIo()
    const words = [folder.configurationPath, '--password-file', folder.passwordFile]
    expect(await run([...words, '--pidfile', '/nonexistent/pid'], io)).toBe(2)
    expect(io.written.stderr).toContain('error writing pidfile: ')
  })
})

describe('a running server', () => {
  test('says where it is, obeys SIGTERM, and removes its pid file', async () => {
    const io = createFakeIo()
    const pidFile = join(folder.directory, 'pid')
    const words = [folder.configurationPath, `--password-file=${folder.passwordFile}`]
    const done = run([...words, '--pidfile', pidFile], io)
    await io.waitForError('Serving HTTPS')
    const lines = io.written.stderr.trimEnd().split('\n')
    for (const line of lines) expect(line).toMatch(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \S/)
    expect(lines.map((line) => line.slice(20))).toEqual([
      'Building new tls configuration using mayfly-ca x509 Signer Interface',
      expect.stringMatching(/^Starting Mayfly CA\/[\d.]+ \(linux\/amd64\)$/),
      `Config file: ${folder.configurationPath}`,
      `The primary server URL is https://localhost:${portOf(io)}`,
      `Root certificates are available at https://localhost:${portOf(io)}/roots.pem`,
      'Additional configured hostnames: 127.0.0.1',
      expect.stringMatching(/^X\.509 Root Fingerprint: [\da-f]{64}$/),
      `Serving HTTPS on 127.0.0.1:${portOf(io)} ...`,
    ])
    expect(await readFile(pidFile, 'utf8')).toBe('4711\n')
    io.signals.emit('SIGTERM')
    expect(await done).toBe(0)
    expect(io.written.stderr).toMatch(/\d shutting down \.\.\.\n$/)
    expect(existsSync(pidFile)).toBe(false)
    expect(io.signals.listenerCount('SIGTERM')).toBe(0)
  })

  test('is quiet when asked, and takes a typed password', async () => {
    const io = createFakeIo({ environment: { MAYFLYPATH: folder.directory }, typed: password })
    const done = run(['--quiet'], io)
    await io.waitForError('Serving HTTPS')
    expect(io.written.stderr).not.toContain('Starting')
    expect(io.written.stderr).toContain('Building new tls configuration')
    io.signals.emit('SIGINT')
    expect(await done).toBe(0)
  })

  test('closes kept connections at once when it stops', async () => {
    const io = createFakeIo()
    const done = run([folder.configurationPath, '--password-file', folder.passwordFile], io)
    await io.waitForError('Serving HTTPS')
    const agent = keepOneConnection()
    await call('/health', { port: portOf(io), rootPem: folder.rootPem, agent })
    io.signals.emit('SIGTERM')
    expect(await done).toBe(0)
  })

  test('warns of what it does not serve', async () => {
    const path = await rewritten({ metricsAddress: '127.0.0.1:9090', db: undefined })
    const io = createFakeIo()
    const done = run([path, '--password-file', folder.passwordFile], io)
    await io.waitForError('Serving HTTPS')
    expect(io.written.stderr).toMatch(/WARNING: .*metricsAddress/)
    expect(io.written.stderr).toContain('WARNING: No database is configured.')
    io.signals.emit('SIGTERM')
    expect(await done).toBe(0)
  })
})

/** Writes another configuration beside the first. */
async function rewritten(change: object): Promise<string> {
  const document = JSON.parse(await readFile(folder.configurationPath, 'utf8'))
  const path = join(dirname(folder.configurationPath), 'rewritten.json')
  await writeFile(path, JSON.stringify({ ...document, ...change }))
  return path
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOneTimeToken, generateProvisionerKey } from '@mayfly/jwt-tokens'
import { encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import { expect, test } from 'vitest'
import { mainPath } from './support/pseudo-terminal.ts'

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  'leaves no file behind when %s comes while the CA is asked',
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-interruption-'))
    await using server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { privateJwk } = await generateProvisionerKey()
    const token = await createOneTimeToken({
      key: privateJwk,
      issuer: 'admin',
      subject: 'foo',
      sha: '00'.repeat(32),
      audience: `https://127.0.0.1:${port}/1.0/sign`,
      now: () => new Date(),
      random: (length) => new Uint8Array(length),
    })
    await writeFile(join(folder, 'token'), token)
    const child = spawn(
      process.execPath,
      [mainPath, 'ca', 'certificate', 'foo', 'foo.crt', 'foo.key', '--token-file', 'token'],
      { cwd: folder, env: { HOME: folder }, stdio: 'ignore' },
    )
    const ended = once(child, 'exit')
    const [connection] = await once(server, 'connection')
    expect(await readdir(folder)).toHaveLength(3)
    child.kill(signal)
    const [status] = await ended
    connection.destroy()
    expect(status).toBe(128 + constants.signals[signal])
    expect(await readdir(folder)).toEqual(['token'])
    await rm(folder, { recursive: true })
  },
)

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
  'leaves a terminal that echoes when %s comes during a question',
  async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-interruption-'))
    const key = await generatePrivateKey({ kty: 'EC', crv: 'P-256' })
    await writeFile(join(folder, 'foo.key'), await encodePrivateKeyPem(key, { password: 'x' }))
    const line = [
      `trap '' HUP INT QUIT TERM`,
      `(trap - HUP INT QUIT TERM; exec sh -c 'echo $$ > pid; exec "$0" "$@"' '${process.execPath}' '${mainPath}' crypto change-pass foo.key)`,
      'stty -a > after',
    ].join('; ')
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    let shown = ''
    for await (const chunk of child.stdout) {
      const before = shown.includes(prompt)
      shown += String(chunk)
      if (before || !shown.includes(prompt)) continue
      process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), signal)
    }
    expect(await readFile(join(folder, 'after'), 'utf8')).toMatch(/ echo /)
    await rm(folder, { recursive: true })
  },
)

const prompt = 'Please enter the password to decrypt foo.key: '

test('says in one line that standard output cannot be written', async () => {
  const child = spawn('sh', ['-c', 'exec "$0" "$1" help > /dev/full', process.execPath, mainPath], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const [status] = await once(child, 'close')
  expect({ status, told }).toEqual({
    status: 1,
    told: 'write /dev/stdout: no space left on device\n',
  })
})

test('ends as by SIGPIPE when nobody reads', async () => {
  const child = spawn(process.execPath, [mainPath, 'help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  let told = ''
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const [ended] = await once(child, 'close')
  expect({ status: ended, told }).toEqual({ status: 141, told: '' })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runOnTerminal } from '../apps/cli/test/support/pseudo-terminal.ts'
import { findFreePort } from '../scripts/development-ca.ts'
import { type Ended, root, runProgram } from './support/program.ts'

let folder: string
let server: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-readme-'))
})

afterEach(async () => {
  if (server !== undefined && server.exitCode === null) {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
})

describe('the story in ten lines', () => {
  test('works as the README shows it', async () => {
    const port = await findFreePort()
    const lines = storyLines().map((line) => line.replace('127.0.0.1:9443', `127.0.0.1:${port}`))
    expect(lines).toHaveLength(10)
    const [password = '', init = '', serve = '', ...rest] = lines
    const [
      token = '',
      certificate = '',
      inspect = '',
      renew = '',
      later = '',
      revoke = '',
      pass = '',
    ] = rest
    putOnPath('mayfly', 'apps/cli/src/main.ts')
    putOnPath('mayfly-ca', 'apps/ca-server/src/main.ts')

    expect(await shell(password)).toMatchObject({ status: 0 })
    expect(await shell(init)).toMatchObject({ status: 0, stdout: '' })
    await startServer(serve)
    expect(await shell(token)).toMatchObject({ status: 0 })
    expect(await shell(certificate)).toMatchObject({ status: 0 })
    expect((await shell(inspect)).stdout).toMatch(/Subject: +foo\.local/)
    expect((await shell(renew)).stderr).toContain('Your certificate has been saved in foo.crt.')
    expect((await shell(later)).stderr).toMatch(/^certificate not renewed: expires in 2[34]h/)
    expect((await shell(revoke)).stderr).toMatch(/has been revoked\./)
    expect((await shell(renew)).status).toBe(1)
    const changed = await changePassword(pass)
    expect(changed.stderr).toContain('Your key has been saved in')
  })
})

/** The lines of the README's first block that runs `mayfly ca init`. */
function storyLines(): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].map((block) => block[1] ?? '')
  const story = blocks.find((block) => block.includes('mayfly ca init'))
  return (story ?? '').trim().split('\n')
}

function putOnPath(name: string, main: string): void {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const file = join(bin, name)
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${join(root, main)}' "$@"\n`)
  chmodSync(file, 0o755)
}

function shell(line: string): Promise<Ended> {
  return runProgram('bash', ['-c', line], { cwd: folder, environment: environment() })
}

function environment(): Record<string, string> {
  return {
    PATH: `${join(folder, 'bin')}:${process.env.PATH ?? ''}`,
    MAYFLYPATH: join(folder, 'home'),
  }
}

async function startServer(line: string): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${line}`], {
    cwd: folder,
    env: { ...process.env, ...environment() },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server = child
  let shown = ''
  await new Promise<void>((serves, fails) => {
    child.once('exit', () => fails(new Error(shown)))
    child.stderr.on('data', (chunk: Buffer) => {
      shown += chunk.toString()
      if (shown.includes('Serving HTTPS on')) serves()
    })
  })
}

async function changePassword(line: string): Promise<{ stderr: string }> {
  const key = join(folder, 'home/secrets/intermediate_ca_key')
  const words = line.replace('"$(mayfly path)/secrets/intermediate_ca_key"', key).split(' ')
  const old = readFileSync(join(folder, 'password.txt'), 'utf8').trim()
  const typings = [
    { prompt: `decrypt ${key}: `, answer: old },
    { prompt: `encrypt ${key}: `, answer: 'a new password' },
    { prompt: `overwrite ${key} [y/n]: `, answer: 'y' },
  ]
  return runOnTerminal(words.slice(1), typings, { environment: environment(), cwd: folder })
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runOnTerminal } from '../apps/cli/test/support/pseudo-terminal.ts'
import { findFreePort } from '../scripts/development-ca.ts'
import { type Ended, root } from './support/program.ts'
import { createSandbox, type Running, type Sandbox } from './support/sandbox.ts'

let box: Sandbox
let folder: string
let server: Running

beforeEach(() => {
  box = createSandbox({})
  folder = box.work
})

afterEach(async () => {
  await box[Symbol.asyncDispose]()
})

describe('the README', () => {
  test('tells a story in ten lines that works', async () => {
    const lines = await storyOnFreePort()
    expect(lines).toHaveLength(10)
    const [password = '', init = '', serve = '', ...rest] = lines
    const [token = '', certificate = '', inspect = '', ...last] = rest
    const [renew = '', later = '', revoke = '', pass = ''] = last

    expect(await shell(password)).toMatchObject({ status: 0 })
    expect(await shell(init)).toMatchObject({ status: 0, stdout: '' })
    await startServer(serve)
    expect(await shell(token)).toMatchObject({ status: 0 })
    expect(await shell(certificate)).toMatchObject({ status: 0 })
    expect((await shell(inspect)).stdout).toMatch(/Subject: +foo\.local/)
    expect((await shell(renew)).stderr).toContain('Your certificate has been saved in foo.crt.')
    expect((await shell(inlineCommand('openssl verify'))).stdout).toBe('foo.crt: OK\n')
    expect((await shell(later)).stderr).toMatch(/^certificate not renewed: expires in 2[34]h/)
    expect((await shell(revoke)).stderr).toMatch(/has been revoked\./)
    expect((await shell(renew)).status).toBe(1)
    const changed = await changePassword(pass)
    expect(changed.stderr).toContain('Your key has been saved in')
  })

  test('shows how another machine gets and renews a certificate', async () => {
    const [password = '', init = '', serve = ''] = await storyOnFreePort()
    await shell(`${password}; ${init}`)
    await startServer(serve)
    const url = /"ca-url": "([^"]+)"/.exec(readHome('config/defaults.json'))?.[1] ?? ''
    const fingerprint = await shell('mayfly certificate fingerprint home/certs/root_ca.crt')
    await shell('mayfly ca token --password-file password.txt web.internal > token')

    const [bootstrap = '', certificate = '', renew = ''] = blockWith('mayfly ca bootstrap')
    const elsewhere = { MAYFLYPATH: join(folder, 'elsewhere') }
    box.putOnPath('systemctl', 'echo "$@" >> reloads')
    const joined = bootstrap
      .replace('https://ca.internal:9443', url)
      .replace('FINGERPRINT', fingerprint.stdout.trim())
    expect(await shell(joined, elsewhere)).toMatchObject({ status: 0 })
    expect(await shell(certificate, elsewhere)).toMatchObject({ status: 0 })
    expect(await shell(renew, elsewhere)).toMatchObject({ status: 0 })
    expect(existsSync(join(folder, 'reloads'))).toBe(false)
    // The certificate lives for a day: within that, it is due at once.
    expect(await shell(renew.replace('8h', '24h'), elsewhere)).toMatchObject({ status: 0 })
    expect(readFileSync(join(folder, 'reloads'), 'utf8')).toBe('reload nginx\n')
  })

  test('shows the operator how to change provisioners, ask why, and work without a server', async () => {
    const [password = '', init = '', serve = ''] = await storyOnFreePort()
    const [add = '', remove = '', explain = '', offline = ''] = blockWith('ca provisioner add')
    await shell(`${password}; ${init}; echo 0ther > ops.txt`)
    await shell(
      'mayfly certificate create --csr web.internal web.csr csr.key --no-password --insecure',
    )
    await startServer(serve)
    expect(await shell(add)).toMatchObject({ status: 0 })
    expect(await shell(remove)).toMatchObject({ status: 0 })
    server.process.kill('SIGHUP')
    await expect
      .poll(() => shell('mayfly ca token --password-file ops.txt web.internal > token'), slow)
      .toMatchObject({ status: 0 })
    expect(await shell(explain)).toMatchObject({ status: 0 })
    expect(await shell(offline)).toMatchObject({ status: 0 })
    expect((await shell('openssl x509 -in web.crt -noout -subject')).stdout).toMatch(
      /web\.internal/,
    )
    const completion = inlineCommand('source <\\(mayfly')
    expect(await shell(`${completion}; complete -p mayfly`)).toMatchObject({ status: 0 })
  })

  test('shows the operator how instances share what they go by, and how to look after the database', async () => {
    const [password = '', init = ''] = await storyOnFreePort()
    const lines = blockWith('ca config import')
    await shell(`${password}; ${init}; echo 0ther > ops.txt`)
    for (const line of lines) expect(await shell(line)).toMatchObject({ status: 0 })
    expect((await shell('mayfly ca config show')).stdout).toMatch(/^provisioner web \(JWK\)$/m)
    expect(existsSync(join(folder, 'ca.backup'))).toBe(true)
  })
})

const slow = { timeout: 20_000, interval: 10 }

async function storyOnFreePort(): Promise<string[]> {
  const port = await findFreePort()
  return blockWith('mayfly ca init').map((line) =>
    line.replace('127.0.0.1:9443', `127.0.0.1:${port}`),
  )
}

/** The lines of the README's block that holds a command. */
function blockWith(command: string): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```console\n([\s\S]*?)```/g)].map((block) => block[1] ?? '')
  return (blocks.find((block) => block.includes(command)) ?? '').trim().split('\n')
}

/** A command that the README shows within a sentence. */
function inlineCommand(start: string): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return new RegExp(`\`(${start}[^\`]+)\``).exec(readme)?.[1] ?? ''
}

function readHome(path: string): string {
  return readFileSync(join(folder, 'home', path), 'utf8')
}

function shell(line: string, others: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return box.shell(line, { ...environment(), ...others })
}

function environment(): Record<string, string> {
  return { MAYFLYPATH: join(folder, 'home') }
}

async function startServer(line: string): Promise<void> {
  server = box.start(line, environment())
  await server.told(/Serving HTTPS on/)
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

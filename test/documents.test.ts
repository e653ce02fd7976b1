import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  databaseServers,
  findMissing,
  nameDatabase,
} from '../packages/authority-host/test/support/database-server.ts'
import { findFreePort } from '../scripts/development-ca.ts'
import { blocksOf, commandsOf } from './support/page.ts'
import { root } from './support/program.ts'
import { createSandbox, type Sandbox } from './support/sandbox.ts'

const pages = 'docs/operations'

/** What needs a running systemd, another user or a service of the machine is recorded, not done. */
const recorded = ['systemctl', 'useradd', 'chown', 'nginx', 'pg_ctl']

/** Run before all others, or by a test of its own, since it takes several instances. */
const elsewhere = ['ca-service.md', 'high-availability.md']

let box: Sandbox
let port: number

beforeAll(async () => {
  box = createSandbox({})
  for (const folder of ['media/safe', 'etc/systemd/system', 'etc/cron.d', 'etc/mayfly-renew']) {
    mkdirSync(join(box.path, folder), { recursive: true })
  }
  box.putOnPath('sudo', 'exec "$@"')
  for (const name of recorded) box.record(name)
  layStepFolder()
  port = await findFreePort()
  for (const line of commandsOf(`${pages}/ca-service.md`)) await succeed(line)
  await startServer()
}, 60_000)

afterAll(async () => {
  await box[Symbol.asyncDispose]()
})

describe('the pages on running it', () => {
  test('the CA page leaves a service that is enabled, and a root key elsewhere', () => {
    expect(readFileSync(join(box.path, 'recorded'), 'utf8')).toContain(
      'systemctl enable --now mayfly-ca\n',
    )
    expect(readdirSync(join(box.path, 'media/safe'))).toEqual(['root_ca_key'])
  })

  test.each(
    readdirSync(join(root, pages)).filter((page) => !['README.md', ...elsewhere].includes(page)),
  )(
    '%s: its commands work',
    async (page) => {
      rmSync(box.work, { recursive: true })
      mkdirSync(box.work)
      const commands = commandsOf(`${pages}/${page}`)
      const [renewals] = blocksOf(`${pages}/${page}`, 'json')
      if (renewals !== undefined) writeRenewals(renewals)
      for (const name of namesUsedBy(commands)) await certify(name)
      for (const line of commands) {
        if (line.includes('--token-file token')) await succeed(`${tokenLine('web')} > token`)
        if (line.includes('--daemon')) await expectDaemon(line)
        else if (line.includes('ca renewals')) await besideDaemon(line)
        else await succeed(line)
      }
    },
    60_000,
  )
})

describe.for(
  await Promise.all(
    databaseServers.map(async (server) => [server, await findMissing(server)] as const),
  ),
)('the page on databases', ([server, missing]) => {
  test.skipIf(missing !== undefined)(
    `its lines for ${server.type} make a user who can work on its own database`,
    async () => {
      await using database = nameDatabase(server)
      const named = (text: string): string =>
        text
          .replaceAll(/\bmayfly\b/g, database.name)
          .replace(/\bdb\.internal:\d+/, `${server.host}:${server.port}`)
      const lines = blocksOf(`${pages}/database.md`, 'sql').flatMap((block) =>
        block.trim().split('\n'),
      )
      const isOurs = (line: string): boolean => line.includes('role') || line.includes('owner')
      const ours = lines.filter((line) => isOurs(line) === (server.type === 'postgresql'))
      try {
        for (const line of ours) await server.query(named(line))
        const [blocks = ''] = blocksOf(`${pages}/database.md`, 'jsonc')
        const [, source = ''] =
          new RegExp(`"${server.type}", "dataSource": "([^?"]+)`).exec(blocks) ?? []
        const path = join(box.path, 'etc/mayfly/config/ca.json')
        const db = { type: server.type, dataSource: named(source) }
        const document = { ...JSON.parse(readFileSync(path, 'utf8')), db }
        writeFileSync(join(box.work, 'server.json'), JSON.stringify(document))
        await succeed('mayfly db migrate --ca-config server.json')
        await succeed('mayfly db status --ca-config server.json')
      } finally {
        await database[Symbol.asyncDispose]()
        const user =
          server.type === 'mysql'
            ? `user if exists ${database.name}@'%'`
            : `role if exists ${database.name}`
        await server.query(`drop ${user}`)
      }
    },
  )
})

/** The folder of a step-ca that was stopped, as the real one left it. */
function layStepFolder(): void {
  const [vectors, folder] = ['packages/authority-host/test/vectors', join(box.path, 'etc/step-ca')]
  cpSync(join(root, vectors, 'step-ca-no-db'), folder, { recursive: true })
  cpSync(join(root, vectors, 'step-ca-badger'), join(folder, 'db'), { recursive: true })
  const configuration = join(folder, 'config/ca.json')
  const text = readFileSync(configuration, 'utf8').replaceAll('/etc/step-ca', folder)
  const db = { type: 'badgerv2', dataSource: join(folder, 'db') }
  writeFileSync(configuration, JSON.stringify({ ...JSON.parse(text), db }))
}

/** The certificates that a page takes to be there. */
function namesUsedBy(commands: readonly string[]): readonly string[] {
  const text = commands.join('\n')
  return ['web', 'foo', 'db'].filter(
    (name) =>
      new RegExp(` ${name}\\.crt\\b`).test(text) &&
      !text.includes(`certificate ${name}.internal ${name}.crt`),
  )
}

async function certify(name: string): Promise<void> {
  await succeed(`${tokenLine(name)} > token`)
  await succeed(`mayfly ca certificate ${name}.internal ${name}.crt ${name}.key --token-file token`)
}

function tokenLine(name: string): string {
  return `mayfly ca token ${name}.internal --password-file /etc/mayfly-ca.password`
}

function writeRenewals(text: string): void {
  writeFileSync(join(box.path, 'etc/mayfly-renew/renewals.json'), here(text))
}

/** Runs a daemon until it has said when it will renew, and ends it as systemd would. */
async function expectDaemon(line: string): Promise<void> {
  const daemon = box.start(here(line), place())
  await daemon.told(/^INFO: .* first renewal in /m)
  expect(await daemon.end()).toBe(0)
}

/** Runs a line while the daemon of the unit runs, which leaves its status a moment after it has spoken. */
async function besideDaemon(line: string): Promise<void> {
  const command = commandOf('mayfly-renew.service')
  const daemon = box.start(command, { MAYFLYPATH: join(box.path, 'etc/mayfly-renew') })
  await daemon.told(/first renewal in /)
  await expect.poll(async () => (await box.shell(here(line), place())).status, slow).toBe(0)
  expect(await daemon.end()).toBe(0)
}

const slow = { timeout: 20_000, interval: 10 }

/** Starts the command of the unit, with the password where systemd would put it. */
async function startServer(): Promise<void> {
  const server = box.start(commandOf('mayfly-ca.service'), place())
  await server.told(/Serving HTTPS on/)
}

function commandOf(unit: string): string {
  const text = readFileSync(join(root, 'packaging/systemd', unit), 'utf8')
  const [, command = ''] = /^ExecStart=\/usr\/bin\/(.+)$/m.exec(text) ?? []
  return here(command.replace('%d/ca-password', '/etc/mayfly-ca.password'))
}

/** The same text with the paths and addresses of this test. */
function here(text: string): string {
  return text
    .replaceAll(/(?<![\w.])\/(etc|media)\//g, `${box.path}/$1/`)
    .replaceAll('packaging/', `${root}/packaging/`)
    .replaceAll('https://ca.internal', `https://localhost:${port}`)
    .replaceAll('--dns ca.internal --address :443', `--dns localhost --address 127.0.0.1:${port}`)
    .replaceAll('FINGERPRINT', '"$(mayfly certificate fingerprint $MAYFLYPATH/certs/root_ca.crt)"')
}

function place(): Readonly<Record<string, string>> {
  return { MAYFLYPATH: join(box.path, 'etc/mayfly') }
}

async function succeed(line: string): Promise<void> {
  const ended = await box.shell(here(line), place())
  expect(ended, `${line}\n${ended.stderr}`).toMatchObject({ status: 0 })
}

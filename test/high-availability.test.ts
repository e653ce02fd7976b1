import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, call } from '../apps/ca-server/test/support/http-client.ts'
import { findFreePort } from '../scripts/development-ca.ts'
import { type Balancer, startBalancer } from './support/balancer.ts'
import { findProgram } from './support/found-program.ts'
import { blocksOf, commandsOf } from './support/page.ts'
import { root } from './support/program.ts'
import { createSandbox, type Sandbox } from './support/sandbox.ts'
import {
  findDatabaseMissing,
  nameTestDatabase,
  type TestDatabase,
} from './support/test-database.ts'

const page = 'docs/operations/high-availability.md'

const missing = findProgram('haproxy') === undefined || (await findDatabaseMissing('postgresql'))

describe.skipIf(missing)('the page on high availability', () => {
  let box: Sandbox
  let database: TestDatabase
  let balancer: Balancer
  let ports: readonly number[]

  /** The same text with the paths of this test. */
  const here = (text: string): string =>
    text
      .replaceAll(/(?<![\w.])\/(etc|media)\//g, `${box.path}/$1/`)
      .replaceAll('packaging/', `${root}/packaging/`)
      .replaceAll('--dns ca.internal', '--dns localhost')

  beforeAll(async () => {
    box = createSandbox({})
    database = nameTestDatabase('postgresql', '')
    for (const folder of ['media/safe', 'etc/systemd/system']) {
      mkdirSync(join(box.path, folder), { recursive: true })
    }
    box.putOnPath('sudo', 'exec "$@"')
    for (const name of ['systemctl', 'chown', 'useradd']) box.record(name)
    ports = await Promise.all([1, 2, 3].map(() => findFreePort()))
  })

  afterAll(async () => {
    await balancer?.[Symbol.asyncDispose]()
    await box[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })

  const home = (): string => join(box.path, 'etc/mayfly')

  const ask = (port: number, path: string, agent?: Agent): Promise<Answer> => {
    const rootPem = readFileSync(join(home(), 'certs/root_ca.crt'), 'utf8')
    return call(path, { port, rootPem, ...(agent && { agent }) })
  }

  // From the balancer's address the instances take nothing without its header.
  const besideBalancer = new Agent({ localAddress: '127.0.0.2' })

  const provisionersOf = async (port: number): Promise<string> =>
    (await ask(port, '/provisioners', besideBalancer)).text

  test('its lines, in their order, make three instances behind HAProxy that follow what is changed', async () => {
    const [settings = '', report = ''] = blocksOf(page, 'json')
    for (const line of commandsOf(page)) {
      if (line.includes('systemctl enable')) await startAll()
      const ended = await box.shell(here(line))
      expect(ended, `${line}\n${ended.stderr}`).toMatchObject({ status: 0 })
      if (line.includes('tar --create')) await expectArchive()
      if (line.includes('ca init')) change(JSON.parse(settings))
    }
    for (const port of ports) {
      await expect.poll(() => provisionersOf(port), { timeout: 20_000 }).toContain('"name":"ops"')
    }
    const { json } = await ask(balancer.port, '/health/ready?verbose=1')
    const shown = JSON.parse(report)
    expect(json).toMatchObject({ status: 'ok', configuration: shown.configuration })
    expect(Object.keys(Object(json))).toEqual(Object.keys(shown))
    await startFromSecret()
    expect(readdirSync(join(box.path, 'media/safe'))).toEqual(['root_ca_key'])
    const recorded = readFileSync(join(box.path, 'recorded'), 'utf8')
    expect(recorded).toContain('systemctl restart mayfly-ca')
    expect(recorded).toContain(`chown mayfly:mayfly ${home()} `)
    expect(recorded).toContain(`${home()}/secrets/intermediate_ca_key`)
    expect(recorded).not.toContain('secrets/configuration_key')
    for (const name of ['ca.json', 'ca.json.before-revision-1']) {
      expect(statSync(join(home(), 'config', name)).mode & 0o777, name).toBe(0o600)
    }
  }, 60_000)

  /** What leaves the machine is read by nobody else on the way, and signs no revision. */
  async function expectArchive(): Promise<void> {
    const path = join(box.work, 'authority.tar')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const { stdout } = await box.shell(`tar --list --file ${path}`)
    expect(stdout).toContain('./secrets/intermediate_ca_key\n')
    expect(stdout).toContain('./config/ca.json\n')
    expect(stdout).not.toMatch(/configuration_key$|before-revision/m)
  }

  /** As the page has it, but for where the database and the balancer are. */
  function change({ db, mayfly }: Readonly<Record<string, object>>): void {
    const path = join(home(), 'config/ca.json')
    const document = JSON.parse(readFileSync(path, 'utf8'))
    const members = { ...db, ...database.block() }
    const text = JSON.stringify({ ...document, db: members, mayfly }, undefined, 2)
    writeFileSync(path, text.replaceAll('10.0.0.5', '127.0.0.1'))
  }

  /** The files that the Deployment has of its Secret are enough, wherever they are. */
  async function startFromSecret(): Promise<void> {
    const deployment = readFileSync(join(root, 'packaging/kubernetes/deployment.yaml'), 'utf8')
    const paths = [...deployment.matchAll(/^ +path: ([a-z]+\/\S+)$/gm)].map(([, path = '']) => path)
    expect(paths).toHaveLength(5)
    const pod = join(box.path, 'pod')
    for (const path of paths) {
      mkdirSync(join(pod, dirname(path)), { recursive: true })
      const octets = readFileSync(join(home(), path))
      writeFileSync(join(pod, path), String(octets).replaceAll(home(), pod), { mode: 0o440 })
    }
    const path = join(pod, 'config/ca.json')
    const document = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...document, address: '127.0.0.1:0' }))
    const server = box.start(here(`mayfly-ca ${path} --password-file /etc/mayfly-ca.password`))
    await server.told(/Serving HTTPS on/)
  }

  /** Each machine has the same folder; here they differ by their port. */
  async function startAll(): Promise<void> {
    const unit = readFileSync(join(root, 'packaging/systemd/mayfly-ca.service'), 'utf8')
    const [, command = ''] = /^ExecStart=\/usr\/bin\/(.+)$/m.exec(unit) ?? []
    const path = join(home(), 'config/ca.json')
    const servers = ports.map((port) => {
      const own = path.replace('.json', `-${port}.json`)
      const document = JSON.parse(readFileSync(path, 'utf8'))
      writeFileSync(own, JSON.stringify({ ...document, address: `127.0.0.1:${port}` }))
      return box.start(
        here(command.replace('%d/ca-password', '/etc/mayfly-ca.password')).replace(path, own),
      )
    })
    await Promise.all(servers.map((server) => server.told(/Serving HTTPS on/)))
    balancer = await startBalancer({
      file: 'haproxy/haproxy.cfg',
      servers: ports,
      rootFile: join(home(), 'certs/root_ca.crt'),
    })
  }
})

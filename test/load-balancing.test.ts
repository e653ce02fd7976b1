import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAuthorityFolder } from '../apps/ca-server/test/support/authority-folder.ts'
import { createCsr } from '../apps/ca-server/test/support/certificates.ts'
import { type Answer, type CallOptions, call } from '../apps/ca-server/test/support/http-client.ts'
import { createToken, startServer } from '../apps/ca-server/test/support/running-server.ts'
import { type CaClient, createCaClient } from '../packages/ca-client/src/index.ts'
import { mayflyPath } from '../scripts/programs.ts'
import { type Balancer, startBalancer } from './support/balancer.ts'
import { type Fleet, startFleet } from './support/fleet.ts'
import { findProgram } from './support/found-program.ts'
import { type Ended, runProgram } from './support/program.ts'
import { findDatabaseMissing } from './support/test-database.ts'

/** From where a client calls in these tests, so that its address is another than the balancer's. */
const clientAddress = '127.0.0.2'

const missing = await findDatabaseMissing('postgresql')

for (const { program, file, sniFile, mayfly, shownAddress } of [
  {
    program: 'haproxy',
    file: 'haproxy/haproxy.cfg',
    sniFile: 'haproxy/haproxy-sni.cfg',
    mayfly: { proxyProtocol: ['127.0.0.1'] },
    shownAddress: clientAddress,
  },
  {
    program: 'nginx',
    file: 'nginx/stream.conf',
    sniFile: 'nginx/stream-sni.conf',
    mayfly: {},
    shownAddress: '127.0.0.1',
  },
]) {
  const isHere = findProgram(program) !== undefined && missing === undefined
  describe.skipIf(!isHere)(`three instances behind ${program}`, () => {
    let fleet: Fleet
    let balancer: Balancer
    const rootFile = (): string => join(fleet.folder.directory, 'certs/root_ca.crt')
    const balance = (from: string): Promise<Balancer> =>
      startBalancer({
        file: from,
        servers: fleet.servers.map(({ port }) => port),
        rootFile: rootFile(),
      })

    beforeAll(async () => {
      fleet = await startFleet('postgresql', 3, { mayfly })
      balancer = await balance(file)
    }, 60_000)

    afterAll(async () => {
      await balancer?.[Symbol.asyncDispose]()
      await fleet[Symbol.asyncDispose]()
    })

    const ask = (path: string, options: Partial<CallOptions> = {}): Promise<Answer> =>
      call(path, { port: balancer.port, rootPem: fleet.folder.rootPem, ...options })

    const logText = (): string => fleet.servers.map((each) => each.errorText()).join('')

    test('a certificate is issued, renewed by mutual TLS, exchanged and revoked by the command line', async () => {
      const { directory, passwordFile } = fleet.folder
      const place = ['--ca-url', `https://localhost:${balancer.port}`, '--root', rootFile()]
      const mayfly = (...words: string[]): Promise<Ended> =>
        runProgram('node', [mayflyPath, 'ca', ...words, ...place], {
          cwd: directory,
          environment: { MAYFLYPATH: join(directory, 'nowhere') },
        })
      const serial = (): string =>
        new X509Certificate(readFileSync(join(directory, 'web.crt'))).serialNumber
      const token = await mayfly('token', 'web.internal', '--password-file', passwordFile)
      expect(token).toMatchObject({ status: 0 })
      writeFileSync(join(directory, 'token'), token.stdout)
      const seen = new Set<string>()
      for (const words of [
        ['certificate', 'web.internal', 'web.crt', 'web.key', '--token-file', 'token'],
        ['renew', 'web.crt', 'web.key', '--force'],
        ['renew', 'web.crt', 'web.key', '--force'],
        ['rekey', 'web.crt', 'web.key', '--force'],
      ]) {
        expect(await mayfly(...words), words.join(' ')).toMatchObject({ status: 0 })
        seen.add(serial())
      }
      expect(seen.size).toBe(4)
      const revoked = await mayfly('revoke', '--cert', 'web.crt', '--key', 'web.key')
      expect(revoked).toMatchObject({ status: 0 })
      const renewed = await mayfly('renew', 'web.crt', 'web.key', '--force')
      expect(renewed).toMatchObject({ status: 1 })
      expect(renewed.stderr).toContain('lacked necessary authorization')
    })

    test('they share the load, and their logs show whose connection it is', async () => {
      const agent = new Agent({ localAddress: clientAddress })
      for (let index = 0; index < 9; index += 1) {
        const headers = { 'x-request-id': `from-afar-${index}` }
        expect((await ask('/version', { agent, headers })).status).toBe(200)
      }
      for (const server of fleet.servers) {
        await server.waitForError(/"request-id":"from-afar-\d"/)
      }
      const lined = () => logText().match(/"request-id":"from-afar-/g)
      await expect.poll(lined, { timeout: 20_000 }).toHaveLength(9)
      const lines = logText()
        .split('\n')
        .filter((line) => line.includes('"from-afar-'))
      expect(new Set(lines.map((line) => JSON.parse(line)['remote-address']))).toEqual(
        new Set([shownAddress]),
      )
    })

    test('one address serves the CA and others, by the name that is asked for', async () => {
      const greeted = Promise.withResolvers<string>()
      const other = createServer((socket) => {
        socket.once('data', (octets) => {
          greeted.resolve(octets.toString('latin1'))
          socket.destroy()
        })
      })
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as AddressInfo
      await using both = await startBalancer({
        file: sniFile,
        servers: [...fleet.servers.map((each) => each.port), port],
        rootFile: rootFile(),
      })
      expect((await ask('/version', { port: both.port })).status).toBe(200)
      const client = connect({ host: '127.0.0.1', port: both.port, servername: 'web.internal' })
      client.on('error', () => undefined)
      expect(await greeted.promise).toContain('web.internal')
      other.close()
    })

    test('one that is told to stop makes no request fail; one that is killed those it had begun, and leaves none half-done', async () => {
      const before = await countRows()
      const fine = balancer.text()
      await underLoad()
      // What the killed one had sent may still be under way in the database.
      const added = async () =>
        new Set((await countRows()).map((count, index) => count - (before[index] ?? 0)))
      await expect.poll(async () => (await added()).size, { timeout: 20_000 }).toBe(1)
      expect((await ask('/health')).status).toBe(200)
      if (program === 'haproxy') {
        expect(fine).not.toContain('DOWN')
        for (const name of ['ca-1', 'ca-2']) await told(balancer, `Server ca/${name} is DOWN`)
      }
    }, 60_000)

    async function underLoad(): Promise<void> {
      await using load = startLoad(fleet, { port: balancer.port, callers: 4 })
      const [first, second] = fleet.servers
      await load.untilServed(20)
      expect(await first?.stop('SIGTERM')).toBe(0)
      await load.untilServed(40)
      expect(load.failures).toEqual([])
      await second?.stop('SIGKILL')
      if (program === 'haproxy') await told(balancer, 'Server ca/ca-2 is DOWN')
      await load.untilServed(60)
      const failedAtOnce = load.failures.length
      await load.untilServed(40)
      expect(load.failures.slice(failedAtOnce)).toEqual([])
    }

    /** What each signature adds one row to. */
    async function countRows(): Promise<readonly number[]> {
      const tables = ['certificates', 'spent_tokens', 'audit']
      const counts = tables.map(async (table) => {
        const [row] = await fleet.database.query(`select count(*) as count from mayfly_${table}`)
        return Number(row?.count)
      })
      return Promise.all(counts)
    }

    const testHealthChecks = program === 'haproxy' ? test : () => undefined
    testHealthChecks('one that is not ready gets nothing until it is', async () => {
      const folder = await fleet.folder.copy()
      await folder.rewrite((document) => {
        document.db = { type: 'sqlite', dataSource: join(folder.directory, 'own.sqlite') }
      })
      await using unready = await startServer(folder)
      await unready.host.store.close()
      const [last] = fleet.servers.slice(-1)
      await using other = await startBalancer({
        file,
        servers: [unready.port, last?.port ?? 0, last?.port ?? 0],
        rootFile: rootFile(),
      })
      await told(other, 'Server ca/ca-1 is DOWN, reason: Layer7 wrong status, code: 503')
      const { length } = unready.accessLines
      for (let index = 0; index < 6; index += 1) {
        expect((await ask('/version', { port: other.port })).status).toBe(200)
      }
      const later = unready.accessLines.slice(length)
      expect(later.filter((line) => line.includes('/version'))).toEqual([])
      await folder.dispose()
    })

    testHealthChecks('where none is ready, clients hear so, and when to ask again', async () => {
      const folder = await fleet.folder.copy()
      await folder.rewrite((document) => {
        document.db = { type: 'sqlite', dataSource: join(folder.directory, 'own.sqlite') }
      })
      await using unready = await startServer(folder)
      await unready.host.store.close()
      const servers = [unready.port, unready.port, unready.port, unready.port]
      for (const from of [file, sniFile]) {
        await using other = await startBalancer({ file: from, servers, rootFile: rootFile() })
        await told(other, "backend 'ca' has no server available!")
        const answer = await ask('/health/ready', { port: other.port })
        expect(answer.status).toBe(503)
        expect(answer.headers['retry-after']).toMatch(/^\d+$/)
        expect(other.text()).not.toContain('Server unready/')
      }
      await folder.dispose()
    })

    testHealthChecks('nobody who cannot prove to be the CA gets anything', async () => {
      const stranger = await createAuthorityFolder()
      await using other = await startBalancer({
        file,
        servers: fleet.servers.map(({ port }) => port),
        rootFile: join(stranger.directory, 'certs/root_ca.crt'),
      })
      for (const backend of ['ca', 'unready']) {
        await told(other, `backend '${backend}' has no server available!`)
      }
      await expect(ask('/version', { port: other.port })).rejects.toThrow()
      await stranger.dispose()
    })
  })
}

async function told(balancer: Balancer, text: string): Promise<void> {
  await expect.poll(() => balancer.text(), { timeout: 20_000 }).toContain(text)
}

/** Clients that have certificates signed without pause, each by a connection of its own. */
interface Load extends AsyncDisposable {
  readonly failures: readonly string[]
  /** Resolves when so many more have been served. */
  untilServed(count: number): Promise<void>
}

function startLoad(
  { folder }: Fleet,
  { port, callers }: { readonly port: number; readonly callers: number },
): Load {
  const client: CaClient = createCaClient({
    url: `https://localhost:${port}`,
    roots: folder.rootPem,
  })
  const failures: string[] = []
  const waiting = new Set<() => void>()
  let served = 0
  let isEnding = false
  const callOn = async (): Promise<void> => {
    const { csr } = await createCsr()
    while (!isEnding) {
      const oneTimeToken = await createToken(folder)
      await client.sign({ csr, oneTimeToken }).then(
        () => {
          served += 1
          for (const look of waiting) look()
        },
        (error: unknown) => failures.push(String(error)),
      )
    }
  }
  const loops = Array.from({ length: callers }, callOn)
  return {
    failures,
    untilServed: (count) => {
      const wanted = served + count
      return new Promise((resolve) => {
        const look = (): void => {
          if (served < wanted) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
      })
    },
    [Symbol.asyncDispose]: async () => {
      isEnding = true
      await Promise.all(loops)
      client.close()
    },
  }
}

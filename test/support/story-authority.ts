import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findFreePort } from '../../scripts/development-ca.ts'
import { type Balancer, startBalancer } from './balancer.ts'
import type { Running, Sandbox } from './sandbox.ts'
import { type DatabaseKind, nameTestDatabase } from './test-database.ts'

/** The CA of a story: one process on SQLite, three behind HAProxy on a database server; one address in any case. */
export interface StoryAuthority extends AsyncDisposable {
  /** Starts what is not running, and resolves when it serves. */
  start(): Promise<void>
  /** Ends all of it. */
  end(): Promise<void>
  signal(name: NodeJS.Signals): void
  /** All that its processes have written. */
  text(): string
}

export interface StoryAuthorityOptions {
  readonly kind: DatabaseKind
  /** The home folder, as `ca init` has made it with an address on 127.0.0.1. */
  readonly home: string
  /** Where its clients look for it. */
  readonly port: number
  readonly passwordFile: string
  /** Writes the line that serves by a configuration. */
  serveLine(configurationPath: string): string
}

/** Makes ready what `ca init` has made; {@link StoryAuthority.start} starts it. */
export async function placeAuthority(
  box: Sandbox,
  options: StoryAuthorityOptions,
): Promise<StoryAuthority> {
  const { kind, home, port } = options
  const path = join(home, 'config', 'ca.json')
  await using stack = new AsyncDisposableStack()
  const { paths, balance } =
    kind === 'sqlite'
      ? { paths: [path], balance: async () => undefined }
      : await multiply(box, stack, { ...options, path })
  const running: Running[] = []
  const ended: string[] = []

  async function end(): Promise<void> {
    for (const each of await Promise.all(running.splice(0).map(endOne))) ended.push(each)
  }

  stack.defer(end)
  const rest = stack.move()
  return {
    start: async () => {
      for (const each of paths) {
        running.push(box.start(options.serveLine(each)))
      }
      await Promise.all(running.map((each) => each.told(/Serving HTTPS on/)))
      await balance()
      await untilReady(port)
    },
    end,
    signal: (name) => {
      for (const each of running) each.process.kill(name)
    },
    text: () => [...ended, ...running.map((each) => each.text())].join(''),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

async function endOne(one: Running): Promise<string> {
  await one.end()
  return one.text()
}

/** Three of what was one: the database is a server's, the configuration is in it, and each has an address of its own. */
async function multiply(
  box: Sandbox,
  stack: AsyncDisposableStack,
  { kind, home, path, port, passwordFile }: StoryAuthorityOptions & { readonly path: string },
): Promise<Multiplied> {
  const database = stack.use(nameTestDatabase(kind, ''))
  rewrite(path, path, { db: database.block() })
  const imported = await box.shell(
    `mayfly ca config import --ca-config '${path}' --configuration-password-file ${passwordFile}`,
  )
  if (imported.status !== 0) throw new Error(imported.stderr)
  const servers = await Promise.all([1, 2, 3].map(() => findFreePort()))
  const { mayfly } = JSON.parse(readFileSync(path, 'utf8'))
  const paths = servers.map((own) => {
    const copy = path.replace(/\.json$/, `-${own}.json`)
    const behind = { ...mayfly, proxyProtocol: ['127.0.0.1'] }
    rewrite(path, copy, { address: `127.0.0.1:${own}`, mayfly: behind })
    return copy
  })
  const rootFile = join(home, 'certs', 'root_ca.crt')
  let balancer: Balancer | undefined
  stack.defer(async () => balancer?.[Symbol.asyncDispose]())
  return {
    paths,
    balance: async () => {
      balancer ??= await startBalancer({ file: 'haproxy/haproxy.cfg', servers, rootFile, port })
    },
  }
}

interface Multiplied {
  /** One configuration an instance. */
  readonly paths: readonly string[]
  /** Starts what stands before them, unless it was. */
  balance(): Promise<void>
}

function rewrite(from: string, to: string, members: Readonly<Record<string, unknown>>): void {
  writeFileSync(to, JSON.stringify({ ...JSON.parse(readFileSync(from, 'utf8')), ...members }))
}

/** A balancer takes its time to see that a server is there. */
async function untilReady(port: number): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!(await isReady(port))) {
    deadline.throwIfAborted()
    await setTimeout(10)
  }
}

async function isReady(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const asked = request({
    host: '127.0.0.1',
    port,
    path: '/health',
    rejectUnauthorized: false,
    agent: false,
  })
  asked.once('response', (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  asked.once('error', () => resolve(false))
  asked.end()
  return promise
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  findMariadbMissing,
  startPrivateMariadb,
} from '../../packages/db-adapters/test/support/private-mariadb.ts'
import { findFreePort } from '../../scripts/development-ca.ts'
import { findProgram } from '../support/found-program.ts'
import type { DatabaseKind } from '../support/test-database.ts'

/** A database server of a test's own, that may die. */
export interface PrivateServer extends AsyncDisposable {
  readonly port: number
  /** Ends it without a farewell and starts it again, to find what was committed. */
  restart(): Promise<void>
}

/** Starts an empty server; `undefined` where its programs are not installed, and for SQLite. */
export async function startPrivateServer(kind: DatabaseKind): Promise<PrivateServer | undefined> {
  if (kind === 'mysql' && findMariadbMissing() === undefined) return startMariadb()
  if (kind === 'postgresql' && findProgram('initdb') && findProgram('postgres')) {
    return startPostgres()
  }
  return undefined
}

async function startMariadb(): Promise<PrivateServer> {
  const server = await startPrivateMariadb([])
  return {
    port: server.port,
    restart: async () => {
      await server.kill()
      await server.start()
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

async function startPostgres(): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-postgres-'))
  const owner = findOwner()
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  const data = join(folder, 'data')
  execFileSync('initdb', ['-A', 'trust', '-U', 'postgres', '-D', data], {
    stdio: 'ignore',
    ...owner,
  })
  const port = await findFreePort()
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
    const child = spawn('postgres', options, { stdio: ['ignore', 'ignore', 'pipe'], ...owner })
    server = child
    let log = ''
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.stderr.on('data', (text: Buffer) => {
      log += text.toString()
      if (log.includes('ready to accept connections')) resolve()
    })
    child.once('exit', () => reject(new Error(log)))
    await promise
  }

  /** SIGQUIT ends all of its processes at once; what was committed is found again in its log. */
  async function kill(): Promise<void> {
    if (server === undefined) return
    const ended = once(server, 'exit')
    server.kill('SIGQUIT')
    await ended
  }

  await start()
  return {
    port,
    restart: async () => {
      await kill()
      await start()
    },
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root. */
function findOwner(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import mysql, { type RowDataPacket } from 'mysql2/promise'

/** A MariaDB server of a test's own, that may be set badly and killed. */
export interface PrivateMariadb extends AsyncDisposable {
  readonly port: number
  query(sql: string): Promise<readonly RowDataPacket[]>
  /** Ends the server as a power failure would, but for the disk. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Why no server can be started here, or `undefined`. With CI set it must be possible. */
export function findMariadbMissing(): string | undefined {
  const missing = [daemon, installer].find((name) => {
    return spawnSync(name, ['--help'], { stdio: 'ignore', env: { ...process.env, PATH: path } })
      .error
  })
  if (missing === undefined) return undefined
  if (process.env.CI) throw new Error(`${missing} is not installed: apt-get install mariadb-server`)
  return `${missing} is not installed`
}

/** Starts a server with an empty data folder, and the user `root` without a password. */
export async function startPrivateMariadb(options: readonly string[]): Promise<PrivateMariadb> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-mariadb-'))
  await chmod(folder, 0o777)
  const port = await findPort()
  const env = { ...process.env, PATH: path }
  // mariadbd refuses to run as root.
  const user = userInfo().uid === 0 ? ['--user=mysql'] : []
  const data = `--datadir=${join(folder, 'data')}`
  const installed = spawnSync(
    installer,
    ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
    { env, encoding: 'utf8' },
  )
  if (installed.status !== 0) throw new Error(`${installer}: ${installed.stderr}`)
  let server: ChildProcess | undefined

  const query: PrivateMariadb['query'] = async (sql) => {
    const connection = await mysql.createConnection({ host: '127.0.0.1', port, user: 'root' })
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql)
      return rows
    } finally {
      await connection.end()
    }
  }

  async function kill(): Promise<void> {
    if (server === undefined) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
    server = undefined
  }

  async function start(): Promise<void> {
    const socket = `--socket=${join(folder, 'mariadb.sock')}`
    server = spawn(
      daemon,
      [
        '--no-defaults',
        data,
        socket,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        ...user,
        ...options,
      ],
      { env, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    for await (const text of server.stderr ?? []) {
      log += String(text)
      if (log.includes('ready for connections')) break
    }
    if (server.exitCode !== null) throw new Error(`mariadbd: ${log}`)
  }

  await start()
  return {
    port,
    query,
    kill,
    start,
    async [Symbol.asyncDispose]() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const daemon = 'mariadbd'
const installer = 'mariadb-install-db'

const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

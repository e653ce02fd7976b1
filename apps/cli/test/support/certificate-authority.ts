import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { inheritedEnvironment } from './inherited-environment.ts'

/** A CA server in a process of its own. */
export interface RunningAuthority extends AsyncDisposable {
  readonly log: () => string
  /** Sends SIGHUP and resolves when the new configuration is in force. */
  reload(): Promise<void>
}

/** Starts `mayfly-ca` and waits until it serves. */
export async function startAuthority(
  words: readonly string[],
  { environment, cwd }: { readonly environment: Record<string, string>; readonly cwd: string },
): Promise<RunningAuthority> {
  const child = spawn(process.execPath, [serverPath, ...words], {
    cwd,
    env: { ...inheritedEnvironment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const waiting = new Set<() => void>()
  const serving = new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Serving HTTPS on')) resolve()
      for (const look of waiting) look()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('exit', (status) => {
      reject(new Error(`mayfly-ca ended with status ${status}:\n${log}`))
    })
    child.once('error', reject)
  })
  await serving
  const reload = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const start = log.length
    const look = (): void => {
      if (log.slice(start).includes('Serving HTTPS on')) resolve()
      if (log.slice(start).includes('error reloading')) reject(new Error(log.slice(start)))
    }
    waiting.add(look)
    child.kill('SIGHUP')
    await promise.finally(() => waiting.delete(look))
  }
  return { log: () => log, reload, [Symbol.asyncDispose]: () => stop(child) }
}

/** A port that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** The suite has built the bundle, which starts sooner. */
const server = process.env.MAYFLY_TEST_PROGRAMS === 'bundles' ? 'dist/mayfly-ca.mjs' : 'src/main.ts'
const serverPath = fileURLToPath(new URL(`../../../ca-server/${server}`, import.meta.url))

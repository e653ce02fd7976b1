import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

const root = resolve(import.meta.dirname, '..')
// From source, unless the bundles are to be shown at work.
const cli = process.env.MAYFLY_DEMO_CLI ?? resolve(root, 'apps/cli/src/main.ts')
const server = process.env.MAYFLY_DEMO_SERVER ?? resolve(root, 'apps/ca-server/src/main.ts')

/** What a finished command printed and how it ended. */
export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `mayfly` from source in `cwd`, with `home` as its home folder. */
export function runMayfly(
  argv: readonly string[],
  { home, cwd }: { readonly home: string; readonly cwd: string },
): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], {
    cwd,
    encoding: 'utf8',
    env: environmentOf(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { status: status ?? 1, stdout, stderr }
}

/** Starts `mayfly-ca` from source and resolves once it serves; its further lines go to `onLine`. */
export async function startMayflyCa(options: {
  readonly home: string
  readonly passwordFile: string
  readonly onLine: (line: string) => void
}): Promise<ChildProcess> {
  const argv = [server, `${options.home}/config/ca.json`, '--password-file', options.passwordFile]
  const child = spawn(process.execPath, argv, {
    env: environmentOf(options.home),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines = createInterface({ input: child.stderr })
  await new Promise<void>((serves, fails) => {
    child.once('exit', (code) => fails(new Error(`mayfly-ca ended with ${code} before it served`)))
    lines.on('line', (line) => {
      options.onLine(line)
      if (line.includes('Serving HTTPS on')) serves()
    })
  })
  return child
}

/** Ends the server as an operator would, and waits until it has drained. */
export async function stopMayflyCa(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** The user's environment without settings for some other CA. */
function environmentOf(home: string): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !/^(STEP|MAYFLY)/.test(name))
  return { ...Object.fromEntries(entries), MAYFLYPATH: home }
}

/** A TCP port of the loopback interface that nobody listens on. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}

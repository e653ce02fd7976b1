import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findFreePort } from '../../scripts/development-ca.ts'
import { root } from './program.ts'

/** A balancer that runs by a file of `packaging`, on a free port of 127.0.0.1. */
export interface Balancer extends AsyncDisposable {
  readonly port: number
  /** Its folder, in which its logs are. */
  readonly folder: string
  /** What it has said of itself and of the servers behind it. */
  text(): string
}

export interface BalancerOptions {
  /** Below `packaging`: `haproxy/haproxy.cfg`. */
  readonly file: string
  /** Ports of 127.0.0.1 in the place of the different addresses of the file, in the order in which they appear. */
  readonly servers: readonly number[]
  /** File of the root certificate by which it looks at the health of an instance. */
  readonly rootFile: string
  /** Where it listens; a free port by default. */
  readonly port?: number
}

/** Starts the program that a file is for, and resolves when it listens; the file's addresses and paths are replaced, nothing else. */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-balancer-'))
  chmodSync(folder, 0o755)
  const port = options.port ?? (await findFreePort())
  const text = substitute(readFileSync(join(root, 'packaging', options.file), 'utf8'), {
    ...options,
    folder,
    port,
  })
  const child = options.file.startsWith('haproxy')
    ? startHaproxy(folder, text)
    : startNginx(folder, text)
  const exited = once(child, 'exit')
  let told = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const balancer: Balancer = {
    port,
    folder,
    text: () => told,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await untilListening(port, child)
  } catch (cause) {
    await balancer[Symbol.asyncDispose]()
    throw new Error(`${options.file}: ${told}`, { cause })
  }
  return balancer
}

function startHaproxy(folder: string, text: string): ChildProcess {
  const path = join(folder, 'haproxy.cfg')
  writeFileSync(path, text)
  return spawn('haproxy', ['-db', '-f', path], { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** The file is included as it would be in Debian's nginx.conf, where the module is loaded by another file. */
function startNginx(folder: string, text: string): ChildProcess {
  writeFileSync(join(folder, 'stream.conf'), text)
  const path = join(folder, 'nginx.conf')
  const module = streamModules.find((each) => existsSync(each))
  writeFileSync(
    path,
    `${module === undefined ? '' : `load_module ${module};\n`}pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
worker_processes 1;
events {}
include ${folder}/stream.conf;
`,
  )
  mkdirSync(join(folder, 'logs'))
  return spawn('nginx', ['-p', folder, '-c', path, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

const streamModules = [
  '/usr/lib/nginx/modules/ngx_stream_module.so',
  '/usr/lib64/nginx/modules/ngx_stream_module.so',
]

const addressPattern = /10\.0\.0\.\d+:443/g

function substitute(
  text: string,
  {
    servers,
    rootFile,
    folder,
    port,
  }: BalancerOptions & { readonly folder: string; readonly port: number },
): string {
  const addresses = [...new Set(text.match(addressPattern))]
  return text
    .replaceAll(addressPattern, (address) => `127.0.0.1:${servers[addresses.indexOf(address)]}`)
    .replaceAll('bind :443', `bind 127.0.0.1:${port}`)
    .replaceAll('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll('/etc/haproxy/root_ca.crt', rootFile)
    .replaceAll('/var/log/nginx', join(folder, 'logs'))
    .replaceAll('ca.internal', 'localhost')
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!(await isListening(port))) {
    deadline.throwIfAborted()
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    await setTimeout(10)
  }
}

function isListening(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

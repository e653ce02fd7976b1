import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** An HAProxy that hands connections on, unopened, and says by the PROXY protocol whose they are. */
export interface Haproxy extends AsyncDisposable {
  readonly port: number
}

export interface HaproxyOptions {
  /** A folder of its own, for its configuration. */
  readonly folder: string
  readonly port: number
  /** Ports of 127.0.0.1 behind it; those that are not ready are left out. */
  readonly servers: readonly number[]
}

/** Starts it in front of servers that need not serve yet. */
export async function startHaproxy({ folder, port, servers }: HaproxyOptions): Promise<Haproxy> {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const configuration = join(folder, 'haproxy.cfg')
  writeFileSync(configuration, configurationOf({ port, servers }))
  const child = spawn('haproxy', ['-db', '-f', configuration], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text
  })
  void exited.then(([status]) => {
    if (status !== null && status !== 143 && status !== 0) process.stderr.write(`haproxy: ${told}`)
  })
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function configurationOf({ port, servers }: Pick<HaproxyOptions, 'port' | 'servers'>): string {
  const places = servers.map(
    (each, index) =>
      `  server ca-${index + 1} 127.0.0.1:${each} send-proxy-v2 check check-send-proxy check-ssl verify none`,
  )
  return `
global
  maxconn 1000
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
frontend clients
  bind 127.0.0.1:${port}
  default_backend authority
backend authority
  balance roundrobin
  option httpchk GET /health/ready
  default-server inter 200ms fall 1 rise 1
${places.join('\n')}
`
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { findFreePort } from '../../scripts/development-ca.ts'

/** An nginx that serves by HTTPS with one certificate. */
export interface Nginx extends AsyncDisposable {
  readonly pid: number
  /** Of the certificate that a new connection is shown; hexadecimal. */
  serialNumber(): Promise<string>
  /** Resolves when it shows the certificate of this serial number; rejects after ten seconds. */
  awaitSerialNumber(wanted: string): Promise<string>
  /** Asks without pause, each time by a new connection, until ended. */
  load(options: { readonly callers: number }): { end(): Promise<LoadOutcome> }
}

interface LoadOutcome {
  readonly requests: number
  readonly failures: readonly string[]
}

export async function startNginx({
  folder,
  certificate,
  key,
  root,
}: {
  readonly folder: string
  readonly certificate: string
  readonly key: string
  readonly root: string
}): Promise<Nginx> {
  const port = await findFreePort()
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
  const configuration = join(folder, 'nginx.conf')
  writeFileSync(configuration, configurationOf({ folder, port, certificate, key }))
  const child = spawn('nginx', ['-p', folder, '-c', configuration, '-g', 'daemon off;'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ca = readFileSync(root)
  const ask = (): Promise<string> => askOnce({ port, ca })
  const nginx: Nginx = {
    pid: child.pid ?? 0,
    serialNumber: ask,
    awaitSerialNumber: async (wanted) => {
      const deadline = AbortSignal.timeout(10_000)
      for (;;) {
        const serialNumber = await ask()
        if (serialNumber === wanted) return serialNumber
        if (deadline.aborted) throw new Error(`nginx still shows ${serialNumber}, not ${wanted}`)
        await setImmediate()
      }
    },
    load: ({ callers }) => startLoad(ask, callers),
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
  await untilServing(ask)
  return nginx
}

function startLoad(ask: () => Promise<string>, callers: number): { end(): Promise<LoadOutcome> } {
  const failures: string[] = []
  let requests = 0
  let isEnding = false
  const loops = Array.from({ length: callers }, async () => {
    while (!isEnding) {
      requests += 1
      await ask().catch((error: unknown) => failures.push(String(error)))
    }
  })
  return {
    end: async () => {
      isEnding = true
      await Promise.all(loops)
      return { requests, failures }
    },
  }
}

async function untilServing(ask: () => Promise<string>): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!deadline.aborted) {
    const isServing = await ask().then(
      () => true,
      () => false,
    )
    if (isServing) return
    await setImmediate()
  }
  throw new Error('nginx does not serve')
}

async function askOnce({ port, ca }: { port: number; ca: Buffer }): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const asked = request({ host: 'localhost', port, path: '/', ca, agent: false }, (response) => {
    const socket = response.socket as TLSSocket
    const { serialNumber } = socket.getPeerCertificate()
    response.resume()
    response.once('error', reject)
    response.once('end', () => {
      if (response.statusCode === 200) resolve(serialNumber)
      else reject(new Error(`status ${response.statusCode}`))
    })
  })
  asked.once('error', reject)
  asked.end()
  return await promise
}

function configurationOf({
  folder,
  port,
  certificate,
  key,
}: {
  readonly folder: string
  readonly port: number
  readonly certificate: string
  readonly key: string
}): string {
  return `
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    location / { return 200 "served\\n"; }
  }
}
`
}

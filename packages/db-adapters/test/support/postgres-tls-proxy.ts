import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { TlsFiles } from './tls-files.ts'

/**
 * Speaks TLS before a PostgreSQL server, as the server itself does when it is asked to (SSLRequest), and hands on what is
 * inside. It wants a certificate of the root from each client.
 */
export async function startPostgresTlsProxy(
  target: { readonly host: string; readonly port: number },
  files: TlsFiles,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.once('data', () => {
      client.write('S')
      const secure = new TLSSocket(client, {
        isServer: true,
        cert: readFileSync(files.serverCertificateFile),
        key: readFileSync(files.serverKeyFile),
        ca: readFileSync(files.rootFile),
        requestCert: true,
        rejectUnauthorized: true,
      })
      const upstream = connect(target)
      secure.on('error', () => upstream.destroy())
      upstream.on('error', () => secure.destroy())
      secure.pipe(upstream).pipe(secure)
    })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Stands before a PostgreSQL server and says that it has no TLS. */
export async function startPostgresPlainProxy(target: {
  readonly host: string
  readonly port: number
}): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.once('data', (first) => {
      // SSLRequest: PostgreSQL manual, "Message Formats".
      if (first.length === 8 && first.readInt32BE(4) === 80_877_103) {
        client.write('N')
        return
      }
      const upstream = connect(target)
      upstream.on('error', () => client.destroy())
      upstream.write(first)
      client.pipe(upstream).pipe(client)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

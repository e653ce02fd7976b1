import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect } from 'node:net'

/** A proxy on loopback that opens a tunnel to one port of loopback, whatever name it is asked for. */
export interface ConnectProxy extends AsyncDisposable {
  readonly port: number
  /** What it was asked for, as in `ca.test:443`, with the headers of the question. */
  readonly tunnels: { readonly target: string; readonly headers: IncomingHttpHeaders }[]
  /** All octets that clients sent through its tunnels. */
  sent(): Buffer
}

export async function startConnectProxy(targetPort: number): Promise<ConnectProxy> {
  const tunnels: ConnectProxy['tunnels'] = []
  const sent: Buffer[] = []
  const server = createServer()
  server.on('connect', (request, client, head) => {
    tunnels.push({ target: request.url ?? '', headers: request.headers })
    const upstream = connect(targetPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.write(head)
      client.on('data', (chunk: Buffer) => sent.push(chunk))
      client.pipe(upstream).pipe(client)
    })
    for (const socket of [client, upstream]) {
      socket.on('error', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    tunnels,
    sent: () => Buffer.concat(sent),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

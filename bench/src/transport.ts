import { Agent, request } from 'node:https'

/** The members of a sign or renew answer that the bench needs. */
interface Issued {
  readonly crt: string
  readonly ca: string
}

export interface Transport {
  post(path: string, body: string): Promise<Issued>
  close(): void
}

/** HTTPS to the measured server: connections kept, or a full handshake for each request. */
export function createTransport(
  port: number,
  options: {
    /** PEM of the root to be trusted. */
    readonly root: string
    readonly keepAlive: boolean
    readonly identity?: { readonly chain: string; readonly privateKey: string }
  },
): Transport {
  const agent = new Agent({
    ca: options.root,
    keepAlive: options.keepAlive,
    maxCachedSessions: 0,
    ...(options.identity && { cert: options.identity.chain, key: options.identity.privateKey }),
  })
  return {
    post: (path, body) =>
      new Promise((answered, fails) => {
        const headers = {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }
        const outgoing = request(
          { host: 'localhost', port, path, method: 'POST', agent, headers },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', fails)
            response.on('end', () => {
              const text = Buffer.concat(chunks).toString()
              if (response.statusCode === 201) answered(JSON.parse(text) as Issued)
              else fails(new Error(`${path}: ${response.statusCode} ${text}`))
            })
          },
        )
        outgoing.on('error', fails)
        outgoing.end(body)
      }),
    close: () => agent.destroy(),
  }
}

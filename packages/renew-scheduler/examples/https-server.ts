import { createServer, type Server } from 'node:https'
import { type KeptRenewed, keepRenewed } from '@mayfly/renew-scheduler'

/** Where the files are, and the CA that renews them. */
export interface ServiceOptions {
  readonly certificate: string
  readonly key: string
  readonly ca: { readonly url: string; readonly root: string }
}

/** An HTTPS server that changes its certificate while it runs. */
export async function startServer(
  options: ServiceOptions,
): Promise<{ readonly server: Server; readonly kept: KeptRenewed }> {
  const kept = await keepRenewed({
    ...options,
    // Connections that stand are not touched; new ones get the new certificate.
    onRenewed: (identity) => server.setSecureContext(identity),
    onEvent: (event) => {
      if (event.type === 'failed') console.error(event.error)
    },
  })
  const server = createServer(kept.current, (_request, response) => {
    response.end('hello\n')
  })
  return { server, kept }
}

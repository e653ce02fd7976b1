/** Where to listen; `host` is `''` for every address of the machine. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Reads `host:port`, `[v6]:port` or `:port`, as the configuration's schema has let it pass. */
export function parseListenAddress(text: string): ListenAddress {
  const colon = text.lastIndexOf(':')
  return {
    host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(text.slice(colon + 1)),
  }
}

/** Writes an address as the configuration has it. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Words a failure to listen as Go does, `listen tcp 127.0.0.1:443: bind: permission denied`, with the way out. */
export function describeListenError(
  address: ListenAddress,
  error: unknown,
): { readonly message: string; readonly hint: string | undefined } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const { reason, hint } = failures.get(code) ?? {
    reason: error instanceof Error ? error.message : String(error),
  }
  return { message: `listen tcp ${formatListenAddress(address)}: ${reason}`, hint }
}

const failures: ReadonlyMap<string, { readonly reason: string; readonly hint?: string }> = new Map([
  [
    'EADDRINUSE',
    {
      reason: 'bind: address already in use',
      hint: 'stop what listens there, or name another "address"; one port moves between addresses by a restart',
    },
  ],
  [
    'EACCES',
    {
      reason: 'bind: permission denied',
      hint: 'name a port from 1024 on in "address", or grant CAP_NET_BIND_SERVICE',
    },
  ],
  [
    'EADDRNOTAVAIL',
    {
      reason: 'bind: cannot assign requested address',
      hint: 'name an address of this machine in "address", or none, as in ":443"',
    },
  ],
  [
    'ENOTFOUND',
    {
      reason: 'lookup: no such host',
      hint: 'name an address of this machine in "address", or none, as in ":443"',
    },
  ],
])

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

/** Words a failure to listen as Go does: `listen tcp 127.0.0.1:443: bind: permission denied`. */
export function formatListenError(address: ListenAddress, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = reasons.get(code) ?? (error instanceof Error ? error.message : String(error))
  return `listen tcp ${formatListenAddress(address)}: ${reason}`
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'bind: address already in use'],
  ['EACCES', 'bind: permission denied'],
  ['EADDRNOTAVAIL', 'bind: cannot assign requested address'],
  ['ENOTFOUND', 'lookup: no such host'],
])

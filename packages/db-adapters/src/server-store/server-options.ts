/** Where a database server is, and how it is spoken to; the same for each kind of server. */
export interface ServerOptions {
  /** A name, an address, or the folder (PostgreSQL) or path (MySQL) of a Unix socket; `127.0.0.1` by default. */
  readonly host?: string
  readonly port?: number
  readonly user: string
  readonly password?: string
  /** The database; it is made where it does not exist, if the user may. Our tables begin with `mayfly_`. */
  readonly database: string
  /** Without it the connection is in the clear. */
  readonly tls?: ServerTls
  /** How many connections may be open at once; 10 by default. */
  readonly maximumConnections?: number
  /** How many callers may wait for a connection; 4,096 by default. */
  readonly maximumWaiting?: number
  /** How long a connection may take to come about; 5,000 by default. */
  readonly connectTimeoutMilliseconds?: number
  /**
   * How long a command may take, and a caller wait for a connection; 15,000 by default. A server that stays silent for
   * longer counts as lost. Locks of others are waited for a third of it.
   */
  readonly commandTimeoutMilliseconds?: number
  /**
   * Use a server that acknowledges commits before they are on stable storage. After a power failure, certificates
   * that clients hold may be missing and spent tokens may work again. For tests and trials only.
   */
  readonly dangerouslyAllowUnsyncedCommits?: boolean
}

/** How a connection is encrypted. The files are read anew for each connection, so that they may be renewed. */
export interface ServerTls {
  /**
   * `full`: the certificate must lead to a known root and name the host; `chain`: it must lead to a known root;
   * `none`: whoever answers is believed, which keeps out those who listen, not those who interfere.
   */
  readonly verify: 'full' | 'chain' | 'none'
  /** Go on in the clear with a server that has no TLS. */
  readonly optional?: boolean
  /** Roots in PEM; those of Node by default. */
  readonly rootFile?: string
  /** Our own certificate, with its chain, in PEM. */
  readonly certificateFile?: string
  /** Its key in PEM, unencrypted. */
  readonly keyFile?: string
}

/** The bounds of a store's pool. */
export interface PoolBounds {
  readonly maximumConnections: number
  readonly maximumWaiting: number
  readonly waitMilliseconds: number
}

/** The timeouts of a connection. */
export interface Timeouts {
  readonly connectMilliseconds: number
  readonly commandMilliseconds: number
  readonly lockMilliseconds: number
}

/**
 * Fills in what was left out.
 *
 * @throws {TypeError} when a bound is no positive whole number.
 */
export function poolBounds(options: ServerOptions): PoolBounds {
  const { maximumConnections = 10, maximumWaiting = 4096 } = options
  for (const [name, bound] of Object.entries({ maximumConnections, maximumWaiting })) {
    if (Number.isSafeInteger(bound) && bound > 0) continue
    throw new TypeError(`${name} is ${bound}: it must be a whole number of at least 1`)
  }
  return {
    maximumConnections,
    maximumWaiting,
    waitMilliseconds: timeouts(options).commandMilliseconds,
  }
}

/** Fills in what was left out. */
export function timeouts(options: ServerOptions): Timeouts {
  const commandMilliseconds = options.commandTimeoutMilliseconds ?? 15_000
  return {
    connectMilliseconds: options.connectTimeoutMilliseconds ?? 5000,
    commandMilliseconds,
    lockMilliseconds: Math.ceil(commandMilliseconds / 3),
  }
}

/** How long the tables may take to be made and changed; an index on a table of millions of rows needs minutes. */
export const longestMigrationMilliseconds = 660_000

/** Does what a connection begins with, and cuts it when that takes too long. */
export async function withinTime<T>(
  socket: { destroy(): unknown },
  milliseconds: number,
  work: () => Promise<T>,
): Promise<T> {
  const timer = setTimeout(() => socket.destroy(), milliseconds)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}

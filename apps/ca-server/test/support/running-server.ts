import { type AuthorityHost, openAuthority } from '@mayfly/authority-host'
import { createOneTimeToken } from '@mayfly/jwt-tokens'
import { type CaServer, type CaServerOptions, createServer } from '../../src/server.ts'
import {
  type AuthorityFolder,
  dnsName,
  password,
  provisionerName,
  random,
} from './authority-folder.ts'

/** A clock that runs with the real one, ahead by as much as it was advanced. */
export interface Clock {
  readonly now: () => Date
  advance(milliseconds: number): void
}

export function createClock(): Clock {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    advance: (milliseconds) => {
      ahead += milliseconds
    },
  }
}

/** A server in this process, its clock and everything it wrote. */
export interface RunningServer extends AsyncDisposable {
  readonly server: CaServer
  readonly host: AuthorityHost
  readonly clock: Clock
  /** Lines about the process. */
  readonly lines: string[]
  /** Lines of the access log, as JSON. */
  readonly accessLines: string[]
  /** The line of a request, which comes after its answer. */
  findAccessLine(requestId: string): Promise<Record<string, unknown>>
  readonly port: number
  createToken(options?: TokenOptions): Promise<string>
}

export interface TokenOptions {
  readonly subject?: string
  readonly sans?: readonly string[]
  readonly operation?: 'sign' | 'revoke'
  /** The provisioner's name, where it is not the folder's own; it has the same key. */
  readonly issuer?: string
}

export async function startServer(
  folder: AuthorityFolder,
  options: Partial<Pick<CaServerOptions, 'limits' | 'accessLines'>> = {},
): Promise<RunningServer> {
  const clock = createClock()
  const lines: string[] = []
  const accessLines: string[] = []
  const waiting = new Set<() => void>()
  const host = await openAuthority({
    configurationPath: folder.configurationPath,
    password: async () => password,
    now: clock.now,
    random,
  })
  const server = await createServer({
    host,
    instance: 'ca-1',
    log: (line) => lines.push(line),
    accessLines: {
      write: (line) => {
        accessLines.push(line)
        for (const look of waiting) look()
      },
      findDelay: () => undefined,
    },
    now: clock.now,
    monotonicMilliseconds: () => performance.now(),
    random,
    setTimer: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
    ...options,
  })
  return {
    server,
    host,
    clock,
    lines,
    accessLines,
    findAccessLine: (requestId) => {
      const { promise, resolve } = Promise.withResolvers<Record<string, unknown>>()
      const look = (): void => {
        const line = accessLines.find((each) => each.includes(`"request-id":"${requestId}"`))
        if (line !== undefined) resolve(JSON.parse(line))
      }
      waiting.add(look)
      look()
      return promise
    },
    get port() {
      return server.address.port
    },
    createToken: (token) => createToken(folder, token, clock.now),
    [Symbol.asyncDispose]: async () => {
      server.destroy()
      await host.close()
    },
  }
}

/** A token of the folder's provisioner, made as a client makes it. */
export function createToken(
  folder: AuthorityFolder,
  {
    subject = 'web.internal',
    sans,
    operation = 'sign',
    issuer = provisionerName,
  }: TokenOptions = {},
  now: () => Date = () => new Date(),
): Promise<string> {
  return createOneTimeToken({
    key: folder.provisionerKey,
    issuer,
    subject,
    audience: `https://${dnsName}/1.0/${operation}`,
    ...(sans === undefined ? {} : { sans: [...sans] }),
    now,
    random,
  })
}

import { randomUUID } from 'node:crypto'
import { Agent, type AgentOptions } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import type { Certificate } from '@mayfly/x509-profiles'
import { type CheckedIdentity, encodeChainPem } from '../identity.ts'
import { call } from './call.ts'
import { type ProxyEnvironment, proxyOptions } from './proxy.ts'
import type { Delay } from './retry.ts'
import { checkServerName } from './server-identity.ts'

/** What {@link createTransport} needs to know. */
export interface TransportOptions {
  /** The CA's origin. */
  readonly url: string
  readonly roots: readonly Certificate[]
  readonly userAgent?: string | undefined
  readonly timeoutMilliseconds?: number | undefined
  readonly delay?: Delay | undefined
  readonly proxyEnvironment?: ProxyEnvironment | undefined
}

interface Post {
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: object | undefined
  /** Shown in the handshake. */
  readonly identity?: CheckedIdentity | undefined
}

/** Requests to one CA, whose certificate must lead to the roots. `parse` reads a successful answer. */
export interface Transport {
  get<T>(path: string, parse: (body: string) => T): Promise<T>
  post<T>(path: string, post: Post, parse: (body: string) => T): Promise<T>
  /** Ends all requests under way and all connections. */
  close(): void
}

export const defaultUserAgent = 'mayfly-ca-client'
export const defaultTimeoutMilliseconds = 30_000

export function createTransport({
  url,
  roots,
  userAgent = defaultUserAgent,
  timeoutMilliseconds = defaultTimeoutMilliseconds,
  delay = pause,
  proxyEnvironment,
}: TransportOptions): Transport {
  const proxy = proxyOptions(url, proxyEnvironment)
  const anonymous = { ...proxy, ...pinnedTls(roots) }
  const kept = new Agent({ ...anonymous, keepAlive: true })
  const closing = new AbortController()

  function exchangeOf(path: string, headers: Post['headers'] = {}) {
    return {
      url: `${url}${path}`,
      headers: { 'user-agent': userAgent, 'x-request-id': randomUUID(), ...headers },
      timeoutMilliseconds,
      signal: closing.signal,
    }
  }

  return {
    get: (path, parse) => call({ ...exchangeOf(path), method: 'GET', agent: kept }, delay, parse),
    async post(path, { headers, body, identity }, parse) {
      // On a connection of its own: a kept one may close just then, and a POST cannot be repeated.
      const agent = new Agent(identity ? { ...proxy, ...pinnedTls(roots, identity) } : anonymous)
      const text = body === undefined ? undefined : JSON.stringify(body)
      return call({ ...exchangeOf(path, headers), method: 'POST', agent, body: text }, delay, parse)
    },
    close() {
      closing.abort()
      kept.destroy()
    },
  }
}

/** Trusts the roots and nothing else, whatever the environment says. */
function pinnedTls(roots: readonly Certificate[], identity?: CheckedIdentity): AgentOptions {
  return {
    rejectUnauthorized: true, // said, so that NODE_TLS_REJECT_UNAUTHORIZED cannot unsay it
    checkServerIdentity: checkServerName,
    secureContext: createSecureContext({
      ca: encodeChainPem(roots),
      minVersion: 'TLSv1.2',
      ...(identity && {
        cert: encodeChainPem(identity.chain),
        key: identity.privateKey.export({ format: 'pem', type: 'pkcs8' }),
      }),
    }),
  }
}

/** The pause between attempts. */
export async function pause(milliseconds: number): Promise<void> {
  await wait(milliseconds)
}

import type { AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import { CaClientError } from '../errors.ts'

/** Variables of an environment, of which those that name proxies count. */
export type ProxyEnvironment = Readonly<Record<string, string | undefined>>

/**
 * Returns what makes an agent go through the proxy that `HTTPS_PROXY` names, but for the hosts of `NO_PROXY`, by Node's
 * rules for both; the lower-case names count first. The agent asks the proxy for a tunnel (RFC 9110 §9.3.6), within which
 * its own TLS runs. A CA on this very machine is never asked through a proxy.
 *
 * @throws {CaClientError} `url_invalid` when the proxy's address is none; it is not shown, as it may hold a password.
 */
export function proxyOptions(
  url: string,
  environment: ProxyEnvironment = {},
): Pick<AgentOptions, 'proxyEnv'> {
  const proxy = environment.https_proxy || environment.HTTPS_PROXY || ''
  if (proxy === '' || isLoopback(new URL(url).hostname)) return {}
  const exceptions = environment.no_proxy || environment.NO_PROXY
  return {
    proxyEnv: {
      HTTPS_PROXY: parseProxyUrl(proxy.trim()),
      ...(exceptions !== undefined && { NO_PROXY: exceptions }),
    },
  }
}

/** Node passes over an address without a scheme; others read it as `http://`. */
function parseProxyUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url.href
  throw new CaClientError(
    'url_invalid',
    'the proxy of HTTPS_PROXY is not an address with http:// or https:// before it',
  )
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    (isIP(hostname) === 4 && hostname.startsWith('127.'))
  )
}

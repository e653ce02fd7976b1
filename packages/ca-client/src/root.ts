import { randomUUID } from 'node:crypto'
import { Agent } from 'node:https'
import { type Certificate, certificateFingerprint } from '@mayfly/x509-profiles'
import { CaClientError } from './errors.ts'
import { parseRootAnswer } from './internal/answers.ts'
import { call } from './internal/call.ts'
import { type ProxyEnvironment, proxyOptions } from './internal/proxy.ts'
import { defaultTimeoutMilliseconds, defaultUserAgent, pause } from './internal/transport.ts'
import { parseCaUrl } from './url.ts'

export interface LoadRootOptions {
  readonly userAgent?: string | undefined
  /** Default 30 000. */
  readonly timeoutMilliseconds?: number | undefined
  /** As in `CaClientOptions`. */
  readonly proxyEnvironment?: ProxyEnvironment | undefined
}

/**
 * Fetches a root certificate by the SHA-256 of its DER, in hexadecimal. The connection proves nothing
 * (no root is known yet), so nothing but a certificate with that very hash is taken from it.
 *
 * @throws {CaClientError} `root_mismatch` when another certificate comes, or when the fingerprint is no SHA-256, in which
 * case nobody is asked; the connection's errors.
 */
export async function loadRootByFingerprint(
  url: string,
  fingerprint: string,
  {
    userAgent = defaultUserAgent,
    timeoutMilliseconds = defaultTimeoutMilliseconds,
    proxyEnvironment,
  }: LoadRootOptions = {},
): Promise<Certificate> {
  const wanted = parseFingerprint(fingerprint)
  const origin = parseCaUrl(url)
  const request = {
    method: 'GET',
    url: `${origin}/root/${wanted}`,
    headers: { 'user-agent': userAgent, 'x-request-id': randomUUID() },
    agent: new Agent({
      ...proxyOptions(origin, proxyEnvironment),
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    }),
    timeoutMilliseconds,
  } as const
  return call(request, pause, (body) => expectFingerprint(parseRootAnswer(body), wanted))
}

/** Hexadecimal, with the colons or dashes that tools put between octets. */
function parseFingerprint(text: string): string {
  const digits = text.trim().replaceAll(/[-:]/g, '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(digits)) return digits
  throw new CaClientError(
    'root_mismatch',
    `'${text}' is not a SHA-256 fingerprint: 64 hexadecimal digits are due`,
  )
}

function expectFingerprint(root: Certificate, wanted: string): Certificate {
  if (certificateFingerprint(root) === wanted) return root
  throw new CaClientError('root_mismatch', 'root certificate fingerprint does not match')
}

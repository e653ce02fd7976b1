import { randomUUID } from 'node:crypto'
import { Agent } from 'node:https'
import { type Certificate, certificateFingerprint } from '@mayfly/x509-profiles'
import { CaClientError } from './errors.ts'
import { parseRootAnswer } from './internal/answers.ts'
import { call } from './internal/call.ts'
import { defaultTimeoutMilliseconds, defaultUserAgent, pause } from './internal/transport.ts'
import { parseCaUrl } from './url.ts'

export interface LoadRootOptions {
  readonly userAgent?: string | undefined
  /** Default 30 000. */
  readonly timeoutMilliseconds?: number | undefined
}

/**
 * Fetches a root certificate by the SHA-256 of its DER, in hexadecimal. The connection proves nothing
 * (no root is known yet), so nothing but a certificate with that very hash is taken from it.
 *
 * @throws {CaClientError} `root_mismatch` when another certificate comes; the connection's errors.
 */
export async function loadRootByFingerprint(
  url: string,
  fingerprint: string,
  {
    userAgent = defaultUserAgent,
    timeoutMilliseconds = defaultTimeoutMilliseconds,
  }: LoadRootOptions = {},
): Promise<Certificate> {
  const wanted = fingerprint.trim().replaceAll('-', '').toLowerCase()
  const request = {
    method: 'GET',
    url: `${parseCaUrl(url)}/root/${encodeURIComponent(wanted)}`,
    headers: { 'user-agent': userAgent, 'x-request-id': randomUUID() },
    agent: new Agent({ rejectUnauthorized: false, minVersion: 'TLSv1.2' }),
    timeoutMilliseconds,
  } as const
  return call(request, pause, (body) => expectFingerprint(parseRootAnswer(body), wanted))
}

function expectFingerprint(root: Certificate, wanted: string): Certificate {
  if (certificateFingerprint(root) === wanted) return root
  throw new CaClientError('root_mismatch', 'root certificate fingerprint does not match')
}

import { isIPv6 } from 'node:net'
import { CaClientError } from './errors.ts'

/**
 * Reads the address of a CA as people write it: `https://` may be absent, an IPv6 address need not stand
 * in brackets, a path is dropped. Returns the origin, such as `https://ca.internal:9000`.
 *
 * @throws {CaClientError} `url_invalid`, also for any scheme but https and for a user name or password.
 */
export function parseCaUrl(text: string): string {
  const trimmed = text.trim()
  const address = isIPv6(trimmed) ? `[${trimmed}]` : trimmed
  const url = URL.parse(address.includes('://') ? address : `https://${address}`)
  if (url === null || url.hostname === '') throw invalid(trimmed, 'is not a URL')
  if (url.protocol !== 'https:') throw invalid(trimmed, 'must have https scheme')
  if (url.username !== '' || url.password !== '') {
    throw invalid(trimmed, 'must not have a user name or password')
  }
  return url.origin
}

/** Without user name and password, wherever they stand. */
function invalid(text: string, reason: string): CaClientError {
  const shown = text.replace(/^([a-z]*:\/\/)?[^/]*@/i, '$1')
  return new CaClientError('url_invalid', `'${shown}' ${reason}`)
}

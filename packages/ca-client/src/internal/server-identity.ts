import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'

/** The server's certificate is for other names; the message lists them. */
export class ServerIdentityError extends Error {
  override readonly name = 'ServerIdentityError'
}

/**
 * For TLS's `checkServerIdentity`: matches `host` against the subjectAltNames (RFC 9525) and never
 * against the common name, which Node would fall back to.
 */
export function checkServerName(host: string, peer: PeerCertificate): Error | undefined {
  const isMatch = peer.subjectaltname !== undefined && checkServerIdentity(host, peer) === undefined
  return isMatch ? undefined : new ServerIdentityError(describeMismatch(host, peer))
}

function describeMismatch(host: string, { subjectaltname = '' }: PeerCertificate): string {
  const isAddress = isIP(host) !== 0
  const prefix = isAddress ? 'IP Address:' : 'DNS:'
  const names = subjectaltname
    .split(', ')
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
  if (names.length > 0) return `x509: certificate is valid for ${names.join(', ')}, not ${host}`
  return isAddress
    ? `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `x509: certificate is not valid for any names, but wanted to match ${host}`
}

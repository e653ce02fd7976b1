import { isIP } from 'node:net'
import type { Certificate, ProfileError } from '@mayfly/x509-profiles'

/** Says in Go's words why there is no path from a certificate to a root, without the `x509: ` before them. */
export function describePathFailure(
  error: ProfileError,
  leaf: Certificate,
  { host = '', now }: { readonly host?: string | undefined; readonly now: Date },
): string {
  switch ('reason' in error ? error.reason : undefined) {
    case 'unknown_authority':
      return 'certificate signed by unknown authority'
    case 'expired':
      return `certificate has expired or is not yet valid: ${error.message}`
    case 'not_yet_valid':
      return `certificate has expired or is not yet valid: current time ${seconds(now)} is before ${seconds(leaf.validity.notBefore)}`
    case 'name_mismatch':
      return describeNameMismatch(leaf, host)
    case 'usage':
      return 'certificate specifies an incompatible key usage'
    case 'path_length':
      return 'too many intermediates for path length constraint'
    case 'critical_extension':
      return 'unhandled critical extension'
    default:
      return error.message
  }
}

function describeNameMismatch({ subjectAltNames }: Certificate, host: string): string {
  const type = isIP(host) === 0 ? 'dns' : 'ip'
  const names = subjectAltNames.filter((name) => name.type === type).map(({ value }) => value)
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`
  return type === 'ip'
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

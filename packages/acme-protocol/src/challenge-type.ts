import type { AuthorizedIdentifier } from './identifier.ts'

/** What each type of challenge can prove (RFC 8555 §8, RFC 8737, RFC 8738 §4, §5 and the drafts of dns-account-01 and dns-persist-01). */
const provable: ReadonlyMap<string, (authorized: AuthorizedIdentifier) => boolean> = new Map([
  ['http-01', ({ wildcard }: AuthorizedIdentifier) => !wildcard],
  ['tls-alpn-01', ({ wildcard }: AuthorizedIdentifier) => !wildcard],
  ['dns-01', isName],
  ['dns-account-01', isName],
  ['dns-persist-01', isName],
])

/** Those of the types of a provisioner by which an identifier can be proven, in the provisioner's order. */
export function challengeTypesFor(
  authorized: AuthorizedIdentifier,
  types: readonly string[],
): readonly string[] {
  return types.filter((type) => provable.get(type)?.(authorized) === true)
}

function isName({ identifier }: AuthorizedIdentifier): boolean {
  return identifier.type === 'dns'
}

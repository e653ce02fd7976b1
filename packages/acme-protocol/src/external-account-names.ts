import { BlockList, isIP } from 'node:net'
import type { AcmeIdentifier, AcmeStore } from '@mayfly/db-adapters'
import type { IdentifierRefusal } from './decision-ports.ts'
import { AcmeError } from './errors.ts'

/**
 * Those of the identifiers that an account may not order, as the external account key that it is bound by is for other names.
 *
 * @throws {AcmeError} `unauthorized` when that key was removed: nobody can say any more what it was for.
 */
export async function findNamesRefused(
  identifiers: readonly AcmeIdentifier[],
  externalAccountKeyId: string | undefined,
  store: Pick<AcmeStore, 'findExternalAccountKey'>,
): Promise<readonly IdentifierRefusal[]> {
  if (externalAccountKeyId === undefined) return []
  const key = await store.findExternalAccountKey(externalAccountKeyId)
  if (key === undefined) {
    throw new AcmeError(
      'unauthorized',
      `the external account key ${externalAccountKeyId}, which the account is bound by, was removed`,
      { hint: 'Ask the operator for another one, and make another account by it.' },
    )
  }
  const { names } = key
  if (names === undefined) return []
  return identifiers
    .filter((identifier) => !names.some((name) => covers(name, identifier)))
    .map((identifier) => ({
      identifier,
      reason: `the external account key ${key.id} is not for it, but for ${names.join(', ')}`,
    }))
}

/**
 * Whether a name of a key is for an identifier. `web.internal` is for itself, `*.internal` for the wildcard and for each name one
 * label below, `.internal` for all names below, at any depth; an address or a network for the addresses in it.
 */
function covers(name: string, { type, value }: AcmeIdentifier): boolean {
  if (type === 'ip') return coversAddress(name, value)
  const pattern = name.toLowerCase()
  if (pattern === value) return true
  if (pattern.startsWith('.')) return value.endsWith(pattern)
  return pattern.startsWith('*.') && value.slice(value.indexOf('.')) === pattern.slice(1)
}

function coversAddress(name: string, address: string): boolean {
  const [network = '', prefix] = name.split('/')
  const family = isIP(network)
  if (family === 0 || family !== isIP(address)) return false
  const [type, maximum] = family === 4 ? (['ipv4', 32] as const) : (['ipv6', 128] as const)
  const bits = Number(prefix ?? maximum)
  if (!Number.isInteger(bits) || bits < 0 || bits > maximum || prefix === '') return false
  const list = new BlockList()
  list.addSubnet(network, bits, type)
  return list.check(address, type)
}

import type { AnyGeneralName, ChosenNameConstraints } from '@mayfly/x509-profiles'
import { parseAddress } from './alternative-names.ts'
import { DocumentMembers, readBoolean, readTexts, shorten } from './document-members.ts'
import { type JsonNode, malformedResult } from './json-document.ts'

/**
 * Reads `nameConstraints`, each object laid over the ones before; `undefined` without a name.
 *
 * @throws {AuthorityError} `template_result_malformed`.
 */
export function readNameConstraints(
  nodes: readonly JsonNode[],
  path: string,
): ChosenNameConstraints | undefined {
  const layers = nodes.map((node) => new DocumentMembers(node, path))
  const read = <Value>(
    name: string,
    parse: (node: JsonNode, at: string) => Value,
  ): Value | undefined =>
    layers.map((members) => members.read(name, parse)).findLast((value) => value !== undefined)
  const subtrees = (list: 'permitted' | 'excluded'): readonly AnyGeneralName[] =>
    kinds.flatMap(({ member, create }) => {
      const texts = read(`${list}${member}`, readTexts) ?? []
      return texts.map((text) => create(text, `${path}.${list}${member}`))
    })
  const critical = read('critical', readBoolean) ?? false
  const constraints = { critical, permitted: subtrees('permitted'), excluded: subtrees('excluded') }
  const isEmpty = constraints.permitted.length + constraints.excluded.length === 0
  return isEmpty ? undefined : constraints
}

/** An address with the bits that its mask leaves, and the mask. */
function createRange(text: string, path: string): AnyGeneralName {
  const [, addressText = '', lengthText = ''] = /^([^/]*)\/(0|[1-9]\d*)$/.exec(text) ?? []
  const address = parseAddress(addressText)
  const length = Number(lengthText)
  if (address === undefined || lengthText === '' || length > address.length * 8) {
    throw malformedResult(`${path}: ${shorten(text)} is no range of addresses`)
  }
  const mask = Uint8Array.from(address, (_, index) => {
    const bits = Math.min(Math.max(length - 8 * index, 0), 8)
    return 0x100 - (1 << (8 - bits))
  })
  const masked = address.map((octet, index) => octet & (mask[index] ?? 0))
  return { kind: 'ip', octets: Uint8Array.of(...masked, ...mask) }
}

/** In the order in which step writes them. */
const kinds: readonly {
  readonly member: string
  readonly create: (text: string, path: string) => AnyGeneralName
}[] = [
  { member: 'DNSDomains', create: (text) => ({ kind: 'dns', text }) },
  { member: 'IPRanges', create: createRange },
  { member: 'EmailAddresses', create: (text) => ({ kind: 'email', text }) },
  { member: 'URIDomains', create: (text) => ({ kind: 'uri', text }) },
]

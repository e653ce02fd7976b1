import type { GeneralName } from '../general-name.ts'
import { type DistinguishedName, findCommonName } from '../name.ts'

/**
 * The `names` of step's JSON form: what an address bar could hold. The last common name if it has a
 * dot, then DNS names, URIs of a few schemes and IPv4 addresses, each once; e-mail and IPv6 addresses
 * and URIs such as `spiffe://…` are left out.
 */
export function findWebNames(
  subject: DistinguishedName,
  subjectAltNames: readonly GeneralName[],
): string[] {
  const ofType = (type: GeneralName['type'], isShown: (value: string) => boolean): string[] => {
    const names = subjectAltNames.filter((name) => name.type === type)
    return names.map(({ value }) => value).filter(isShown)
  }
  const commonName = findCommonName(subject) ?? ''
  return [
    ...new Set([
      ...(isHostWithDot(commonName) ? [commonName] : []),
      ...ofType('dns', isHost),
      ...ofType('uri', (value) => webUri.test(value)),
      ...ofType('ip', isUnicastIpv4),
    ]),
  ]
}

function isHostWithDot(name: string): boolean {
  return name.includes('.') && isHost(name)
}

/** Dotted decimals are a host, too. A question mark stands for a label that was blotted out. */
function isHost(name: string): boolean {
  if (/^[\d.]+$/.test(name)) return isUnicastIpv4(name)
  const labels = name
    .replace(/^[*?]\.(?=.*\.)/, '')
    .replace(/\.$/, '')
    .split('.')
  const last = labels.at(-1) ?? ''
  return (
    labels.every((label) => hostLabel.test(label)) && (labels.length === 1 || topLabel.test(last))
  )
}

function isUnicastIpv4(address: string): boolean {
  const first = /^(\d{1,3})(\.\d{1,3}){3}$/.exec(address)?.[1]
  if (first === undefined) return false
  const octet = Number(first)
  return (octet > 0 && octet < 224) || octet >= 240
}

const hostLabel = /^[\p{L}\p{N}]([\p{L}\p{N}_-]*[\p{L}\p{N}])?$/u
const topLabel = /^\p{L}+$/u
const webUri = /^(https?|ftp|wss?|tcp|udp):\/\/(\S*@)?[\p{L}\p{N}[]/u

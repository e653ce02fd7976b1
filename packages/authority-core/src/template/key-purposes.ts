import { type KeyUsage, keyUsages } from '@mayfly/x509-profiles'
import { readTexts } from './document-members.ts'
import { type JsonNode, malformedResult } from './json-document.ts'

/** Reads `keyUsage`; case and underscores in names do not matter. Throws `template_result_malformed`. */
export function readKeyUsage(node: JsonNode, path: string): readonly KeyUsage[] {
  return readTexts(node, path).map((name) => find(usageByName, name, path))
}

/** Reads `extKeyUsage` into object identifiers, as {@link readKeyUsage}. */
export function readExtendedKeyUsages(node: JsonNode, path: string): readonly string[] {
  return readTexts(node, path).map((name) => find(purposeByName, name, path))
}

function find<Found>(table: ReadonlyMap<string, Found>, name: string, path: string): Found {
  const found = table.get(fold(name))
  if (found === undefined) throw malformedResult(`unsupported ${path} ${JSON.stringify(name)}`)
  return found
}

/** step's name of each usage. */
export const keyUsageNames: Readonly<Record<KeyUsage, string>> = {
  digitalSignature: 'digitalSignature',
  contentCommitment: 'contentCommitment',
  keyEncipherment: 'keyEncipherment',
  dataEncipherment: 'dataEncipherment',
  keyAgreement: 'keyAgreement',
  keyCertSign: 'certSign',
  cRLSign: 'crlSign',
  encipherOnly: 'encipherOnly',
  decipherOnly: 'decipherOnly',
}

/** step's name of each purpose, by its object identifier. */
export const extendedKeyUsageNames: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'any'],
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.5', 'ipsecEndSystem'],
  ['1.3.6.1.5.5.7.3.6', 'ipsecTunnel'],
  ['1.3.6.1.5.5.7.3.7', 'ipsecUser'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'ocspSigning'],
  ['1.3.6.1.4.1.311.10.3.3', 'microsoftServerGatedCrypto'],
  ['2.16.840.1.113730.4.1', 'netscapeServerGatedCrypto'],
  ['1.3.6.1.4.1.311.2.1.22', 'microsoftCommercialCodeSigning'],
  ['1.3.6.1.4.1.311.61.1.1', 'microsoftKernelCodeSigning'],
])

const fold = (name: string): string => name.toLowerCase().replaceAll('_', '')

const usageByName: ReadonlyMap<string, KeyUsage> = new Map([
  ...keyUsages.map((usage) => [fold(keyUsageNames[usage]), usage] as const),
  // What OpenSSL calls it.
  ['nonrepudiation', 'contentCommitment'],
])

const purposeByName: ReadonlyMap<string, string> = new Map(
  Array.from(extendedKeyUsageNames, ([oid, name]) => [fold(name), oid]),
)

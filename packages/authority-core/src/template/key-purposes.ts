import type { KeyUsage } from '@mayfly/x509-profiles'
import { readTexts } from './document-members.ts'
import { type JsonNode, malformedResult } from './json-document.ts'

/** Reads `keyUsage`; case and underscores in names do not matter. Throws `template_result_malformed`. */
export function readKeyUsage(node: JsonNode, path: string): readonly KeyUsage[] {
  return readTexts(node, path).map((name) => find(keyUsages, name, path))
}

/** Reads `extKeyUsage` into object identifiers, as {@link readKeyUsage}. */
export function readExtendedKeyUsages(node: JsonNode, path: string): readonly string[] {
  return readTexts(node, path).map((name) => find(extendedKeyUsages, name, path))
}

function find<Found>(table: ReadonlyMap<string, Found>, name: string, path: string): Found {
  const found = table.get(name.toLowerCase().replaceAll('_', ''))
  if (found === undefined) throw malformedResult(`unsupported ${path} ${JSON.stringify(name)}`)
  return found
}

const keyUsages: ReadonlyMap<string, KeyUsage> = new Map([
  ['digitalsignature', 'digitalSignature'],
  ['contentcommitment', 'contentCommitment'],
  ['nonrepudiation', 'contentCommitment'],
  ['keyencipherment', 'keyEncipherment'],
  ['dataencipherment', 'dataEncipherment'],
  ['keyagreement', 'keyAgreement'],
  ['certsign', 'keyCertSign'],
  ['crlsign', 'cRLSign'],
  ['encipheronly', 'encipherOnly'],
  ['decipheronly', 'decipherOnly'],
])

const extendedKeyUsages: ReadonlyMap<string, string> = new Map([
  ['any', '2.5.29.37.0'],
  ['serverauth', '1.3.6.1.5.5.7.3.1'],
  ['clientauth', '1.3.6.1.5.5.7.3.2'],
  ['codesigning', '1.3.6.1.5.5.7.3.3'],
  ['emailprotection', '1.3.6.1.5.5.7.3.4'],
  ['ipsecendsystem', '1.3.6.1.5.5.7.3.5'],
  ['ipsectunnel', '1.3.6.1.5.5.7.3.6'],
  ['ipsecuser', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'],
  ['ocspsigning', '1.3.6.1.5.5.7.3.9'],
  ['microsoftservergatedcrypto', '1.3.6.1.4.1.311.10.3.3'],
  ['netscapeservergatedcrypto', '2.16.840.1.113730.4.1'],
  ['microsoftcommercialcodesigning', '1.3.6.1.4.1.311.2.1.22'],
  ['microsoftkernelcodesigning', '1.3.6.1.4.1.311.61.1.1'],
])

import { readText } from './document-members.ts'
import { type JsonNode, malformedResult } from './json-document.ts'

/** The name of a signature algorithm as step writes it. */
export type TemplateSignatureAlgorithm = (typeof names)[number]

/** Reads `signatureAlgorithm`, without case; an empty text asks for none. Throws `template_result_malformed`. */
export function readSignatureAlgorithm(
  node: JsonNode,
  path: string,
): TemplateSignatureAlgorithm | undefined {
  const text = readText(node, path)
  if (text === '') return undefined
  const found = names.find((name) => name.toLowerCase() === text.toLowerCase())
  if (found === undefined) throw malformedResult(`unsupported ${path} ${JSON.stringify(text)}`)
  return found
}

const names = [
  'MD2-RSA',
  'MD5-RSA',
  'SHA1-RSA',
  'SHA256-RSA',
  'SHA384-RSA',
  'SHA512-RSA',
  'SHA256-RSAPSS',
  'SHA384-RSAPSS',
  'SHA512-RSAPSS',
  'DSA-SHA1',
  'DSA-SHA256',
  'ECDSA-SHA1',
  'ECDSA-SHA256',
  'ECDSA-SHA384',
  'ECDSA-SHA512',
  'Ed25519',
] as const

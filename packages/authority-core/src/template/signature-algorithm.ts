import type { SignatureAlgorithmName } from '@mayfly/x509-profiles'
import { AuthorityError } from '../errors.ts'
import { readText } from './document-members.ts'
import { type JsonNode, malformedResult } from './json-document.ts'

/**
 * Reads `signatureAlgorithm`, without case; an empty text asks for none.
 *
 * @throws {AuthorityError} `template_result_malformed` for a name that step does not know;
 * `signature_algorithm_not_offered` for one that nothing is signed with here.
 */
export function readSignatureAlgorithm(
  node: JsonNode,
  path: string,
): SignatureAlgorithmName | undefined {
  const text = readText(node, path)
  if (text === '') return undefined
  const name = text.toLowerCase()
  const algorithm = offered.get(name)
  if (algorithm !== undefined) return algorithm
  if (!notOffered.has(name)) throw malformedResult(`unsupported ${path} ${JSON.stringify(text)}`)
  throw new AuthorityError(
    'signature_algorithm_not_offered',
    `nothing is signed with ${text}, which the template asks for`,
  )
}

/** By step's names in lower case. */
const offered: ReadonlyMap<string, SignatureAlgorithmName> = new Map([
  ['sha256-rsa', 'RS256'],
  ['sha384-rsa', 'RS384'],
  ['sha512-rsa', 'RS512'],
  ['sha256-rsapss', 'PS256'],
  ['sha384-rsapss', 'PS384'],
  ['sha512-rsapss', 'PS512'],
  ['ecdsa-sha256', 'ES256'],
  ['ecdsa-sha384', 'ES384'],
  ['ecdsa-sha512', 'ES512'],
  ['ed25519', 'Ed25519'],
])

/** Broken hashes, and DSA. */
const notOffered: ReadonlySet<string> = new Set([
  'md2-rsa',
  'md5-rsa',
  'sha1-rsa',
  'dsa-sha1',
  'dsa-sha256',
  'ecdsa-sha1',
])

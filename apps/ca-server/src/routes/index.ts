import {
  answerFederation,
  answerIntermediates,
  answerIntermediatesPem,
  answerRoot,
  answerRoots,
  answerRootsPem,
} from './certificates.ts'
import { answerLiveness, answerReadiness, answerVersion } from './health.ts'
import { answerEncryptedKey, answerProvisioners } from './provisioners.ts'
import { answerRekey } from './rekey.ts'
import { answerRenew } from './renew.ts'
import { answerRevoke } from './revoke.ts'
import type { Route } from './route.ts'
import { answerSign } from './sign.ts'

/** What is served under one path; a `GET` answers `HEAD` too. */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly route: Route
}

const get = (route: Route): Endpoint => ({ method: 'GET', route })
const post = (route: Route): Endpoint => ({ method: 'POST', route })

const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  ['/health', get(answerReadiness)],
  ['/health/live', get(answerLiveness)],
  ['/health/ready', get(answerReadiness)],
  ['/version', get(answerVersion)],
  ['/roots', get(answerRoots)],
  ['/roots.pem', get(answerRootsPem)],
  ['/intermediates', get(answerIntermediates)],
  ['/intermediates.pem', get(answerIntermediatesPem)],
  ['/federation', get(answerFederation)],
  ['/provisioners', get(answerProvisioners)],
  ['/sign', post(answerSign)],
  ['/renew', post(answerRenew)],
  ['/re-sign', post(answerRenew)],
  ['/rekey', post(answerRekey)],
  ['/revoke', post(answerRevoke)],
])

/** Paths with one variable part. */
const patterns: readonly (readonly [RegExp, Endpoint])[] = [
  [/^\/root\/([^/]+)$/, get(answerRoot)],
  [/^\/provisioners\/([^/]+)\/encrypted-key$/, get(answerEncryptedKey)],
]

/** Finds what a path, with or without `/1.0` before it, leads to. */
export function findEndpoint(
  path: string,
): { readonly endpoint: Endpoint; readonly parameter: string } | undefined {
  const plain = path.startsWith('/1.0/') ? path.slice(4) : path
  const endpoint = endpoints.get(plain)
  if (endpoint !== undefined) return { endpoint, parameter: '' }
  for (const [pattern, candidate] of patterns) {
    const parameter = pattern.exec(plain)?.[1]
    if (parameter !== undefined) return { endpoint: candidate, parameter: decode(parameter) }
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

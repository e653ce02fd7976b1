import type { AcmeNonce, AcmeStore } from '@mayfly/db-adapters'
import { spentNonce } from './account.ts'
import { assertUrl, authenticate, type Signatory } from './authentication.ts'
import type { Engine, RequestNonce, SignedRequest } from './context.ts'
import { AcmeError } from './errors.ts'
import { optionalString, parseFlattenedJws } from './jws.ts'
import type { Locations } from './location.ts'
import type { AcmeRequest, ResourceAnswer } from './message.ts'
import type { Nonces } from './nonce-keys.ts'
import type { SignedResource } from './resource.ts'

/**
 * The order of work: the nonce's MAC and age, the URL, account and signature, and only then is the nonce spent, with whatever the
 * request changes or by itself. A forged request writes nothing.
 */
export async function answerSigned(
  { body, contentType, url, requestId }: AcmeRequest,
  { resource, ids }: { readonly resource: SignedResource; readonly ids: readonly string[] },
  engine: Engine,
  { locations, nonces }: { readonly locations: Locations; readonly nonces: Nonces },
): Promise<ResourceAnswer> {
  assertContentType(contentType)
  const jws = parseFlattenedJws(body, 'the request')
  const nonceText = optionalString(jws.protectedHeader, 'nonce')
  if (nonceText === undefined) throw new AcmeError('badNonce', 'the protected header has no nonce')
  const claim = await nonces.verify(nonceText)
  assertUrl(jws, url)
  const signatory = await authenticate(jws, resource.signedBy, engine)
  const nonce = createRequestNonce(claim, engine.store)
  const { payload } = jws
  const request: SignedRequest = { url, ids, payload, nonce, locations, requestId }
  try {
    if (resource.isReadOnly === true && payload.length > 0) {
      throw new AcmeError(
        'malformed',
        'the payload is not empty, as it must be to read (POST-as-GET)',
      )
    }
    const found = await dispatch(resource, { ...request, ...signatory }, engine)
    await nonce.spend()
    return found
  } catch (error) {
    if (error instanceof AcmeError && error.code !== 'badNonce') await nonce.spend()
    throw error
  }
}

async function dispatch(
  resource: SignedResource,
  request: SignedRequest & Signatory,
  engine: Engine,
): Promise<ResourceAnswer> {
  switch (resource.signedBy) {
    case 'either':
      return resource.handle(engine, request)
    case 'jwk':
      return resource.handle(engine, request)
    case 'kid':
      // authenticate has refused every other request.
      if (request.by !== 'kid') throw new TypeError('a request by a key came to an account')
      return resource.handle(engine, request)
  }
}

function createRequestNonce(claim: AcmeNonce, store: AcmeStore): RequestNonce {
  let isTaken = false
  return {
    take: () => {
      isTaken = true
      return claim
    },
    release: () => {
      isTaken = false
    },
    spend: async () => {
      if (isTaken) return
      isTaken = true
      if (!(await store.spendNonce(claim))) throw spentNonce()
    },
  }
}

/** RFC 8555 §6.2. */
function assertContentType(contentType: string | undefined): void {
  if (contentType?.toLowerCase() === 'application/jose+json') return
  throw new AcmeError('malformed', 'the content type is not "application/jose+json"', {
    status: 415,
  })
}

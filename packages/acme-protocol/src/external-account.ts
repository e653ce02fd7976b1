import type { AcmeExternalAccountKeyRecord, AcmeStore } from '@mayfly/db-adapters'
import {
  importVerificationKey,
  isJsonObject,
  type JsonObject,
  type MacAlgorithm,
  TokenError,
  verifyJws,
} from '@mayfly/jwt-tokens'
import { type AccountKey, readAccountKey } from './account-key.ts'
import { AcmeError } from './errors.ts'
import { type FlattenedJws, optionalString, parsePayload, readFlattenedJws } from './jws.ts'
import type { AcmeProvisioner } from './provisioner.ts'

/** What a binding may be authenticated by (RFC 8555 §7.3.4). */
const bindingAlgorithms: readonly MacAlgorithm[] = ['HS256', 'HS384', 'HS512']

const what = 'the external account binding'

/**
 * Verifies the binding of a new account to an external one, RFC 8555 §7.3.4, and returns the key that it is by. Whether that
 * key has room for another account, only the making of the account tells.
 *
 * @throws {AcmeError} `externalAccountRequired` without a binding, `malformed`, `badSignatureAlgorithm` or `unauthorized`.
 */
export async function verifyExternalAccount(
  binding: unknown,
  { key, url }: { readonly key: AccountKey; readonly url: string },
  { store, provisioner }: { readonly store: AcmeStore; readonly provisioner: AcmeProvisioner },
): Promise<AcmeExternalAccountKeyRecord> {
  if (binding === undefined) {
    throw new AcmeError(
      'externalAccountRequired',
      'new accounts need an "externalAccountBinding"',
      {
        hint: 'Ask the operator for the id and the key of an external account.',
      },
    )
  }
  if (!isJsonObject(binding)) throw new AcmeError('malformed', `${what} is not an object`)
  const jws = readFlattenedJws(binding, what)
  assertBindingHeader(jws, url)
  assertSameKey(jws, key)
  const { kid = '' } = jws.protectedHeader
  const record = await store.findExternalAccountKey(kid)
  const isOfProvisioner = record?.provisionerId === '' || record?.provisionerId === provisioner.id
  if (record === undefined || !isOfProvisioner) {
    throw new AcmeError('unauthorized', `there is no external account key ${JSON.stringify(kid)}`)
  }
  if (record.hmacKey === undefined) throw usedExternalAccount(kid)
  await verifyMac(jws, record.hmacKey)
  return record
}

/** What a client is told whose external account has as many accounts as it may have. */
export function usedExternalAccount(kid: string): AcmeError {
  return new AcmeError(
    'unauthorized',
    `the external account key ${JSON.stringify(kid)} is bound to as many accounts as it may be`,
    { hint: 'Use the account that was made by it, or ask the operator for another key.' },
  )
}

function assertBindingHeader({ protectedHeader }: FlattenedJws, url: string): void {
  const { alg, kid } = protectedHeader
  if (!bindingAlgorithms.some((name) => name === alg)) {
    throw new AcmeError(
      'badSignatureAlgorithm',
      `${what} has the algorithm ${JSON.stringify(alg)}, where a MAC is wanted`,
      { algorithms: bindingAlgorithms },
    )
  }
  if (kid === undefined) throw new AcmeError('malformed', `${what} has no "kid"`)
  if (protectedHeader.nonce !== undefined) {
    throw new AcmeError('malformed', `${what} has a nonce, where none may be`)
  }
  if (optionalString(protectedHeader, 'url') !== url) {
    throw new AcmeError('malformed', `${what} has another "url" than the request, ${url}`)
  }
}

/** The payload must be the key that the request is signed by. */
function assertSameKey({ payload }: FlattenedJws, key: AccountKey): void {
  const jwk: JsonObject = parsePayload(payload)
  if (readAccountKey(jwk).thumbprint === key.thumbprint) return
  throw new AcmeError('malformed', `${what} is for another key than the one of the request`)
}

async function verifyMac({ text }: FlattenedJws, hmacKey: Uint8Array): Promise<void> {
  const jwk = { kty: 'oct', k: Buffer.from(hmacKey).toString('base64url') } as const
  try {
    await verifyJws(text, importVerificationKey(jwk, { algorithms: bindingAlgorithms }))
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    if (cause.code === 'token_algorithm_not_allowed') {
      throw new AcmeError('badSignatureAlgorithm', `${what}: ${cause.message}`, { cause })
    }
    throw new AcmeError('unauthorized', `${what} is not by the key that it names`, { cause })
  }
}

import { isJsonObject } from '@mayfly/jwt-tokens'
import { spentNonce } from './account.ts'
import {
  type AccountKey,
  assertRequestAlgorithm,
  readAccountKey,
  verifyRequestSignature,
} from './account-key.ts'
import type { AccountRequest, Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import { type FlattenedJws, optionalString, parseFlattenedJws, parsePayload } from './jws.ts'
import type { ResourceAnswer } from './message.ts'

const what = 'the inner JWS'

/** Gives an account another key: RFC 8555 §7.3.5, whose checks stand here in its order. */
export async function keyChange(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const { account, kid, locations, nonce } = request
  const inner = parseFlattenedJws(request.payload, what)
  const newKey = await verifyInnerJws(inner)
  const { oldKey, accountUrl } = readKeyChange(inner)
  if (optionalString(inner.protectedHeader, 'url') !== request.url) {
    throw new AcmeError('malformed', `${what} has another "url" than the request, ${request.url}`)
  }
  if (accountUrl !== kid) {
    throw new AcmeError('malformed', `"account" is not the account of the request, ${kid}`)
  }
  if (oldKey.thumbprint !== request.key.thumbprint) {
    throw new AcmeError('malformed', '"oldKey" is not the key of the account')
  }
  const { id } = account
  const outcome = await engine.store.changeAccountKey({
    id,
    from: account.thumbprint,
    to: { publicKey: newKey.jwk, thumbprint: Buffer.from(newKey.thumbprint, 'base64url') },
    nonce: nonce.take(),
  })
  switch (outcome.status) {
    case 'changed':
      return { location: locations.account(id), json: {} }
    case 'key_taken':
      throw new AcmeError('malformed', 'the new key has an account already', {
        status: 409,
        location: locations.account(outcome.accountId),
        hint: 'Take a fresh key.',
      })
    case 'account_changed':
      throw new AcmeError(
        'unauthorized',
        `the account ${id} is not valid, or has another key by now`,
      )
    case 'nonce_spent':
      throw spentNonce()
  }
}

async function verifyInnerJws(inner: FlattenedJws): Promise<AccountKey> {
  const { jwk, kid, nonce } = inner.protectedHeader
  if (jwk === undefined) throw new AcmeError('malformed', `${what} has no "jwk", the new key`)
  if (kid !== undefined) throw new AcmeError('malformed', `${what} has a "kid" beside its "jwk"`)
  if (nonce !== undefined) {
    throw new AcmeError('malformed', `${what} has a nonce, where none may be`)
  }
  assertRequestAlgorithm(inner)
  const key = readAccountKey(jwk)
  await verifyRequestSignature(inner, key, what)
  return key
}

function readKeyChange(inner: FlattenedJws): {
  readonly oldKey: AccountKey
  readonly accountUrl: string
} {
  const payload = parsePayload(inner.payload)
  const accountUrl = optionalString(payload, 'account')
  if (accountUrl === undefined || !isJsonObject(payload.oldKey)) {
    throw new AcmeError('malformed', 'a key change has a string "account" and an object "oldKey"')
  }
  return { accountUrl, oldKey: readAccountKey(payload.oldKey) }
}

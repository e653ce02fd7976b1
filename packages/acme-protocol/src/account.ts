import type { AcmeAccountRecord } from '@mayfly/db-adapters'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { assertAccountValid } from './authentication.ts'
import { parseContacts } from './contact.ts'
import { type AccountRequest, drawId, type Engine, type KeyRequest } from './context.ts'
import { AcmeError } from './errors.ts'
import { usedExternalAccount, verifyExternalAccount } from './external-account.ts'
import {
  optionalBoolean,
  optionalObject,
  optionalString,
  optionalStrings,
  parsePayload,
} from './jws.ts'
import type { Locations } from './location.ts'
import type { ResourceAnswer } from './message.ts'

/** Makes an account, or finds the one that the key has: RFC 8555 §7.3 and §7.3.1. */
export async function newAccount(engine: Engine, request: KeyRequest): Promise<ResourceAnswer> {
  const { store, provisioner } = engine
  const payload = parsePayload(request.payload)
  const wish = readAccountWish(payload)
  const thumbprint = Buffer.from(request.key.thumbprint, 'base64url')
  const standing = await store.findAccountByKey(provisioner.id, thumbprint)
  if (standing !== undefined) return foundAnswer(standing, request)
  if (wish.onlyReturnExisting) {
    throw new AcmeError('accountDoesNotExist', 'the key has no account at this directory')
  }
  const contacts = parseContacts(wish.contacts ?? [])
  const binding = optionalObject(payload, 'externalAccountBinding')
  const externalKey = provisioner.requiresExternalAccount
    ? await verifyExternalAccount(binding, request, engine)
    : undefined
  const createdAt = engine.now()
  const account: AcmeAccountRecord = {
    id: drawId(engine.random),
    provisionerId: provisioner.id,
    status: 'valid',
    publicKey: request.key.jwk,
    thumbprint,
    contacts,
    ...(wish.termsOfServiceAgreed ? { termsOfServiceAgreedAt: createdAt } : {}),
    ...(externalKey === undefined ? {} : { externalAccountKeyId: externalKey.id }),
    createdAt,
  }
  const outcome = await store.createAccount({ account, nonce: request.nonce.take() })
  switch (outcome.status) {
    case 'created': {
      const json = accountObject(account, request.locations)
      const reflected = externalKey === undefined ? {} : { externalAccountBinding: binding }
      return {
        ...accountAnswer(account, request.locations),
        status: 201,
        json: { ...json, ...reflected },
      }
    }
    case 'exists':
      return foundAnswer(outcome.account, request)
    case 'external_account_key_used':
      throw usedExternalAccount(externalKey?.id ?? '')
    case 'nonce_spent':
      throw spentNonce()
  }
}

/**
 * Shows an account, gives it other contacts or ends it: RFC 8555 §7.3.2 and §7.3.6. Other members, and another status, are not looked
 * at, as §7.3.2 has it.
 */
export async function account(engine: Engine, request: AccountRequest): Promise<ResourceAnswer> {
  const { account: record, ids, locations, nonce } = request
  if (ids[0] !== record.id) {
    throw new AcmeError('unauthorized', `the request is signed by another account, ${record.id}`, {
      status: 403,
    })
  }
  if (request.payload.length === 0) return accountAnswer(record, locations)
  const payload = parsePayload(request.payload)
  const { contacts } = readAccountWish(payload)
  if (optionalString(payload, 'status') === 'deactivated') {
    if (contacts !== undefined) {
      throw new AcmeError('malformed', 'an account is either deactivated or given other contacts')
    }
    const change = { id: record.id, at: engine.now(), nonce: nonce.take() }
    const outcome = await engine.store.deactivateAccount(change)
    if (outcome.status !== 'deactivated') throw refusedChange(outcome.status, record)
    return accountAnswer({ ...record, status: 'deactivated' }, locations)
  }
  if (contacts === undefined) return accountAnswer(record, locations)
  const change = { id: record.id, contacts: parseContacts(contacts) }
  const outcome = await engine.store.updateAccount({ ...change, nonce: nonce.take() })
  if (outcome.status !== 'updated') throw refusedChange(outcome.status, record)
  return accountAnswer({ ...record, ...change }, locations)
}

/** What a client is told whose nonce another request has spent. */
export function spentNonce(): AcmeError {
  return new AcmeError('badNonce', 'the nonce has been used before')
}

/** What newAccount and an update have in common (RFC 8555 §7.1.2). Other members are not looked at (§7.3). */
function readAccountWish(payload: JsonObject) {
  return {
    contacts: optionalStrings(payload, 'contact'),
    termsOfServiceAgreed: optionalBoolean(payload, 'termsOfServiceAgreed'),
    onlyReturnExisting: optionalBoolean(payload, 'onlyReturnExisting'),
  }
}

function foundAnswer(record: AcmeAccountRecord, { locations }: KeyRequest): ResourceAnswer {
  assertAccountValid(record)
  return accountAnswer(record, locations)
}

function accountAnswer(record: AcmeAccountRecord, locations: Locations): ResourceAnswer {
  return { location: locations.account(record.id), json: accountObject(record, locations) }
}

/** RFC 8555 §7.1.2. */
function accountObject(record: AcmeAccountRecord, locations: Locations): object {
  const { contacts, id, status, termsOfServiceAgreedAt } = record
  return {
    status,
    ...(contacts.length === 0 ? {} : { contact: contacts }),
    ...(termsOfServiceAgreedAt === undefined ? {} : { termsOfServiceAgreed: true }),
    orders: locations.orders(id),
  }
}

function refusedChange(
  status: 'account_not_valid' | 'nonce_spent',
  { id }: AcmeAccountRecord,
): AcmeError {
  if (status === 'nonce_spent') return spentNonce()
  return new AcmeError('unauthorized', `the account ${id} is not valid any more`)
}

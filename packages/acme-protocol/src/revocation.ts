import { decodeBase64url, type JsonObject, jwkThumbprint } from '@mayfly/jwt-tokens'
import {
  type Certificate,
  ProfileError,
  parseCertificate,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import type { AccountRequest, Engine, KeyRequest } from './context.ts'
import { AcmeError } from './errors.ts'
import { authorizedIdentifierOf, identifierKey } from './identifier.ts'
import { optionalString, parsePayload } from './jws.ts'
import type { ResourceAnswer } from './message.ts'

/**
 * Revokes a certificate, RFC 8555 §7.6: for the account that ordered it, for one that has authorizations for all of its names,
 * and for whoever has its key.
 */
export async function revokeCert(
  engine: Engine,
  request: AccountRequest | KeyRequest,
): Promise<ResourceAnswer> {
  const payload = parsePayload(request.payload)
  const certificate = readCertificate(optionalString(payload, 'certificate'))
  const { der, serialNumber } = certificate
  const known = await engine.issuance.findCertificate(serialNumber)
  if (known === undefined || !Buffer.from(known.der).equals(der)) {
    throw new AcmeError('malformed', 'the certificate was not issued by this authority', {
      status: 404,
    })
  }
  if ('account' in request) await assertMayRevoke(certificate, request, engine)
  else assertOwnKey(certificate, request)
  const reasonCode = readReason(payload)
  if (known.revokedAt !== undefined) throw alreadyRevoked()
  await request.nonce.spend()
  const outcome = await engine.issuance.revoke({
    serialNumber,
    der,
    reasonCode,
    requestId: request.requestId,
    ...('account' in request ? { accountId: request.account.id } : {}),
  })
  if (outcome === 'already_revoked') throw alreadyRevoked()
  return {}
}

function readCertificate(text: string | undefined): Certificate {
  const der = text === undefined ? undefined : decodeBase64url(text)
  if (der === undefined) {
    throw new AcmeError('malformed', 'there is no "certificate" in base64url without padding')
  }
  try {
    return parseCertificate(der)
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    throw new AcmeError('malformed', cause.message, { cause })
  }
}

/** RFC 5280 §5.3.1; 7 is not used there. */
function readReason({ reason = 0 }: JsonObject): number {
  if (typeof reason === 'number' && Number.isInteger(reason)) {
    if (reason >= 0 && reason <= 10 && reason !== 7) return reason
  }
  throw new AcmeError('badRevocationReason', `${JSON.stringify(reason)} is no reason`, {
    hint: 'The reasons are 0 to 6 and 8 to 10 (RFC 5280 §5.3.1).',
  })
}

async function assertMayRevoke(
  { serialNumber, subjectAltNames }: Certificate,
  { account }: AccountRequest,
  { store, provisioner, now }: Engine,
): Promise<void> {
  const order = await store.findOrderBySerialNumber(serialNumber)
  if (order?.accountId === account.id && order.provisionerId === provisioner.id) return
  const wanted = subjectAltNames.map((name) => {
    const { identifier, wildcard } = authorizedIdentifierOf({
      type: name.type,
      value: name.value.toLowerCase(),
    })
    return { ...identifier, wildcard }
  })
  const held = await store.findAuthorized({ accountId: account.id, identifiers: wanted, at: now() })
  const key = ({ wildcard, ...identifier }: (typeof held)[number]) =>
    `${wildcard ? '*.' : ''}${identifierKey(identifier)}`
  const heldKeys = new Set(held.map(key))
  const missing = wanted.filter((each) => !heldKeys.has(key(each)))
  if (wanted.length > 0 && missing.length === 0) return
  const names = missing.map(({ value, wildcard }) => (wildcard ? `*.${value}` : value)).join(', ')
  throw new AcmeError(
    'unauthorized',
    `the account ${account.id} did not order the certificate and has no authorization for ${names}`,
    { status: 403, hint: "Sign with the certificate's own key, or prove its names." },
  )
}

function assertOwnKey(certificate: Certificate, { key }: KeyRequest): void {
  if (jwkThumbprint(publicKeyOf(certificate)) === key.thumbprint) return
  throw new AcmeError('unauthorized', 'the request is not signed by the key of the certificate', {
    status: 403,
  })
}

function alreadyRevoked(): AcmeError {
  return new AcmeError('alreadyRevoked', 'the certificate is revoked already')
}

import type { AcmeIdentifier } from '@mayfly/db-adapters'
import type { Engine } from './context.ts'
import { AcmeError } from './errors.ts'
import { identifierKey } from './identifier.ts'
import { findKnownCertificate } from './known-certificate.ts'

/**
 * Checks that an order may say that it replaces a certificate (RFC 9773 §5): it is of the same account and shares an
 * identifier. That no other order replaces it, the store sees to.
 *
 * @throws {AcmeError} `malformed` or `unauthorized`.
 */
export async function assertReplaceable(
  replaces: string,
  order: { readonly accountId: string; readonly identifiers: readonly AcmeIdentifier[] },
  { issuance, store }: Engine,
): Promise<void> {
  const known = await findKnownCertificate(replaces, issuance)
  const predecessor = known && (await store.findOrderBySerialNumber(known.certificate.serialNumber))
  if (predecessor === undefined) {
    throw new AcmeError('malformed', `there is no certificate ${replaces} that was ordered here`, {
      status: 404,
      hint: 'Leave "replaces" out.',
    })
  }
  if (predecessor.accountId !== order.accountId) {
    throw new AcmeError('unauthorized', `the certificate ${replaces} is another account's`, {
      status: 403,
      hint: 'Leave "replaces" out.',
    })
  }
  const names = new Set(predecessor.identifiers.map(identifierKey))
  if (order.identifiers.some((identifier) => names.has(identifierKey(identifier)))) return
  throw new AcmeError(
    'malformed',
    `the order has no identifier of the certificate ${replaces} that it is to replace`,
    { hint: 'Leave "replaces" out.' },
  )
}

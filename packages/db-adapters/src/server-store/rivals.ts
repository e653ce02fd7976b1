import type { IssuanceOutcome } from '../issuance-unit.ts'
import type { FinalizedOrder } from '../rows/acme-order-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import { parseSerialNumber } from '../rows/serial-number.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { IssuanceRows } from './issuance-rows.ts'
import { distinctOctets, keyOf } from './octets.ts'
import type { OrderState, ServerConnection } from './server-database.ts'

/** What stands in the way of some units, by key. */
export interface Rivals {
  readonly revoked: ReadonlySet<string>
  readonly spentTokens: ReadonlyMap<string, SpentTokenRow>
  readonly spentNonces: ReadonlySet<string>
  readonly orders: ReadonlyMap<string, OrderState>
  readonly certificates: ReadonlyMap<string, CertificateRow>
  /** The newest revision of the configuration, if any of the units names one. */
  readonly newestRevision: number | undefined
}

/** Reads what is committed under the keys of these units. */
export async function findRivals(
  pool: ConnectionPool<ServerConnection>,
  rows: readonly IssuanceRows[],
): Promise<Rivals> {
  const renewed = distinctOctets(rows.flatMap((row) => row.renewed ?? []))
  const tokens = distinctOctets(rows.flatMap(({ token }) => token?.id ?? []))
  const serials = distinctOctets(rows.map(({ certificate }) => certificate.serial))
  const nonces = distinctOctets(rows.flatMap(({ nonce }) => nonce?.id ?? []))
  const orderIds = [...new Set(rows.flatMap(({ order }) => order?.id ?? []))]
  const isRevisionNamed = rows.some(({ revision }) => revision !== undefined)
  return pool.use(
    async (connection) => {
      const newestRevision = isRevisionNamed ? await connection.findNewestRevision() : undefined
      const revocations = renewed.length > 0 ? await connection.findRevocations(renewed) : []
      const spent = tokens.length > 0 ? await connection.findSpentTokens(tokens) : []
      const spentNonces = nonces.length > 0 ? await connection.findSpentNonces(nonces) : []
      const orders = orderIds.length > 0 ? await connection.findOrderStates(orderIds) : []
      // Last: an earlier attempt that is committed meanwhile is known by its certificate.
      const standing = await connection.findCertificates(serials)
      return {
        revoked: new Set(revocations.map(({ serial }) => keyOf(serial))),
        spentTokens: new Map(spent.map((row) => [keyOf(row.id), row])),
        spentNonces: new Set(spentNonces.map(({ id }) => keyOf(id))),
        orders: new Map(orders.map((order) => [order.id, order])),
        certificates: new Map(standing.map((row) => [keyOf(row.serial), row])),
        newestRevision,
      }
    },
    { first: true },
  )
}

/**
 * Says how a unit has ended, or `undefined` if nothing stands in its way. With `maybeOwn`, an earlier attempt may have
 * been committed unseen: then its certificate, and the token that it spent, are the unit's own. It may also be committed
 * yet, if it began before the configuration changed: that nothing was written cannot be said then.
 */
export function outcomeAmong(
  { revoked, spentTokens, spentNonces, orders, certificates, newestRevision }: Rivals,
  { renewed, token, nonce, order, certificate, revision }: IssuanceRows,
  { maybeOwn }: { readonly maybeOwn: boolean },
): IssuanceOutcome | undefined {
  const standing = certificates.get(keyOf(certificate.serial))
  if (maybeOwn && standing && Buffer.compare(standing.der, certificate.der) === 0) {
    return { status: 'committed' }
  }
  if (!maybeOwn && revision !== undefined && revision !== newestRevision) {
    return { status: 'configuration_changed' }
  }
  if (renewed && revoked.has(keyOf(renewed))) return { status: 'predecessor_revoked' }
  const spent = token && spentTokens.get(keyOf(token.id))
  if (spent) {
    const spentBy = spent.spent_by === null ? undefined : parseSerialNumber(spent.spent_by)
    return { status: 'token_spent', spentBy }
  }
  if (nonce && spentNonces.has(keyOf(nonce.id))) return { status: 'nonce_spent' }
  if (order && !isReady(orders.get(order.id), order)) return { status: 'order_lost' }
  return standing && { status: 'serial_taken' }
}

function isReady(state: OrderState | undefined, { issued_at }: FinalizedOrder): boolean {
  return state?.status === 'ready' && state.expires_at > issued_at
}

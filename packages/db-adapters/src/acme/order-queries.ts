import { sql } from 'kysely'
import type { AcmeOrderRecord } from '../acme-order.ts'
import {
  type AcmeAuthorizationRow,
  type AcmeChallengeRow,
  type AcmeOrderRow,
  parseAcmeAuthorizationRow,
  parseAcmeChallengeRow,
  parseAcmeOrderRow,
} from '../rows/acme-order-row.ts'
import { type CertificateRow, parseCertificateRow } from '../rows/certificate-row.ts'
import { encodeSerialNumber } from '../rows/serial-number.ts'
import { prepareStatement } from '../sql/prepare-statement.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import { createSharedQuery } from '../sql/shared-query.ts'
import type { SqlRow, SqlTarget } from '../sql/sql-target.ts'
import {
  authorizationColumns,
  certificateColumns,
  challengeColumns,
  columnsOf,
  orderColumns,
  rowOf,
} from './columns.ts'
import type { AcmeOrderListing, AcmeOrderStore } from './order-store.ts'

/** What can be asked about orders. */
export type OrderQueries = Omit<AcmeOrderStore, 'createOrder' | 'deactivateAuthorization'>

/** Creates the {@link OrderQueries} of a database. */
export function createOrderQueries(target: SqlTarget): OrderQueries {
  const compiler = createQueryCompiler(target.dialect)

  const withAuthorizations = createSharedQuery(target, 'o_id', (ids) =>
    compiler
      .selectFrom('acme_orders as o')
      .leftJoin('acme_authorizations as a', 'a.order_id', 'o.id')
      .select(columnsOf<AcmeOrderRow>('o', orderColumns))
      .select(['a.id as authorization_id', 'a.position as position'])
      .where('o.id', 'in', ids),
  )
  const bySerial = prepareStatement<{ serial: Uint8Array }>(({ serial }) =>
    compiler.selectFrom('acme_orders').selectAll().where('serial', '=', serial),
  )
  const byCertificate = prepareStatement<{ id: string }>(({ id }) =>
    compiler
      .selectFrom('acme_orders as o')
      .leftJoin('certificates as c', 'c.serial', 'o.serial')
      .select(columnsOf<AcmeOrderRow>('o', orderColumns))
      .select(columnsOf<CertificateRow>('c', certificateColumns))
      .where('o.certificate_id', '=', id),
  )
  const withChallenges = createSharedQuery(target, 'a_id', (ids) =>
    compiler
      .selectFrom('acme_authorizations as a')
      .innerJoin('acme_orders as o', 'o.id', 'a.order_id')
      .leftJoin('acme_challenges as c', 'c.authorization_id', 'a.id')
      .select(columnsOf<AcmeOrderRow>('o', orderColumns))
      .select(columnsOf<AcmeAuthorizationRow>('a', authorizationColumns))
      .select(columnsOf<AcmeChallengeRow>('c', challengeColumns))
      .where('a.id', 'in', ids),
  )

  function selectOrders({ accountId, since, after, statuses, limit }: AcmeOrderListing) {
    const from = after?.createdAt ?? since
    let query = compiler.selectFrom('acme_orders').where('account_id', '=', accountId)
    if (from !== undefined) query = query.where('created_at', '>=', from.getTime())
    if (after !== undefined) {
      query = query.where(({ or, eb }) =>
        or([eb('created_at', '>', after.createdAt.getTime()), eb('id', '>', after.id)]),
      )
    }
    if (statuses !== undefined) query = query.where('status', 'in', statuses)
    return query.limit(limit)
  }

  async function count(query: { as(name: 'part'): unknown }): Promise<number> {
    const part = query.as('part') as never
    const counted = compiler.selectFrom(part).select(sql<number>`count(*)`.as('count'))
    const [row] = await target.read(compileStatement(counted))
    return Number(row?.count ?? 0)
  }

  return {
    async findOrder(id) {
      const rows = await withAuthorizations(id)
      const [first] = rows
      const row = first && rowOf<AcmeOrderRow>(first, 'o', orderColumns)
      if (row === undefined) return undefined
      const inOrder = rows.toSorted((left, right) => Number(left.position) - Number(right.position))
      const authorizationIds = inOrder.flatMap(({ authorization_id: each }) => {
        return typeof each === 'string' ? each : []
      })
      return { order: parseAcmeOrderRow(row), authorizationIds }
    },

    async findOrderBySerialNumber(serialNumber) {
      const [row] = await target.read(bySerial({ serial: encodeSerialNumber(serialNumber) }))
      return row && parseOrder(row)
    },

    async findOrderByCertificate(id) {
      const [first] = await target.read(byCertificate({ id }))
      const order = first && rowOf<AcmeOrderRow>(first, 'o', orderColumns)
      if (first === undefined || order === undefined) return undefined
      const certificate = rowOf<CertificateRow>(first, 'c', certificateColumns)
      return {
        order: parseAcmeOrderRow(order),
        certificate: certificate && parseCertificateRow(certificate),
      }
    },

    async listOrders(listing) {
      const query = selectOrders(listing).selectAll().orderBy('created_at').orderBy('id')
      return (await target.read(compileStatement(query))).map(parseOrder)
    },

    async listAllOrders({ provisionerId, statuses, after, limit }) {
      let query = compiler.selectFrom('acme_orders').selectAll().orderBy('id').limit(limit)
      if (provisionerId !== undefined) query = query.where('provisioner_id', '=', provisionerId)
      if (statuses !== undefined) query = query.where('status', 'in', statuses)
      if (after !== undefined) query = query.where('id', '>', after)
      return (await target.read(compileStatement(query))).map(parseOrder)
    },

    countOrders: (question) => count(selectOrders(question).select('id')),

    async findAuthorization(id) {
      const rows = await withChallenges(id)
      const [first] = rows
      const order = first && rowOf<AcmeOrderRow>(first, 'o', orderColumns)
      const authorization = first && rowOf<AcmeAuthorizationRow>(first, 'a', authorizationColumns)
      if (order === undefined || authorization === undefined) return undefined
      return {
        order: parseAcmeOrderRow(order),
        authorization: parseAcmeAuthorizationRow(authorization),
        challenges: rows
          .flatMap((row) => {
            const challenge = rowOf<AcmeChallengeRow>(row, 'c', challengeColumns)
            return challenge ? parseAcmeChallengeRow(challenge) : []
          })
          .sort((left, right) => left.position - right.position),
      }
    },

    countAuthorizations({ identifier, accountId, since, statuses, limit }) {
      let query = compiler
        .selectFrom('acme_authorizations')
        .select('id')
        .where('identifier_value', '=', identifier.value)
        .where('identifier_type', '=', identifier.type)
        .where('created_at', '>=', since.getTime())
      if (accountId !== undefined) query = query.where('account_id', '=', accountId)
      if (statuses !== undefined) query = query.where('status', 'in', statuses)
      return count(query.limit(limit))
    },

    async findAuthorized({ accountId, identifiers, at }) {
      if (identifiers.length === 0) return []
      const query = compiler
        .selectFrom('acme_authorizations')
        .select(['identifier_type', 'identifier_value', 'wildcard'])
        .distinct()
        .where('identifier_value', 'in', [...new Set(identifiers.map(({ value }) => value))])
        .where('account_id', '=', accountId)
        .where('status', '=', 'valid')
        .where('expires_at', '>', at.getTime())
      const rows = await target.read(compileStatement(query))
      const found = new Set(
        rows.map((row) => nameOf(row.identifier_type, row.identifier_value, row.wildcard !== 0)),
      )
      return identifiers.filter(({ type, value, wildcard }) =>
        found.has(nameOf(type, value, wildcard)),
      )
    },
  }
}

/** The columns of the query are those of the table. */
function parseOrder(row: SqlRow): AcmeOrderRecord {
  return parseAcmeOrderRow(row as unknown as AcmeOrderRow)
}

function nameOf(type: unknown, value: unknown, wildcard: boolean): string {
  return JSON.stringify([type, value, wildcard])
}

import { StoreError } from '../errors.ts'
import {
  type AcmeOrderRow,
  encodeAcmeAuthorizationRow,
  encodeAcmeChallengeRow,
  encodeAcmeOrderRow,
} from '../rows/acme-order-row.ts'
import { prepareInsertion, prepareStatement } from '../sql/prepare-statement.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import type { ChangeMaker } from './change.ts'
import { invalidOrder } from './invalid-order.ts'
import { keepForUpdate } from './keep-for-update.ts'
import { createOrderQueries, type OrderQueries } from './order-queries.ts'
import type { AcmeOrderStore, AcmeOrderUnit } from './order-store.ts'

/** Creates the orders of a database. */
export function createOrders(target: SqlTarget, changes: ChangeMaker): AcmeOrderStore {
  const { dialect } = target
  const compiler = createQueryCompiler(dialect)
  const queries: OrderQueries = createOrderQueries(target)
  const insertAuthorizations = prepareInsertion(compiler, 'acme_authorizations')
  const insertChallenges = prepareInsertion(compiler, 'acme_challenges')
  const insertOrder = prepareStatement<AcmeOrderRow>(
    (row) =>
      compiler
        .insertInto('acme_orders')
        .columns([...columns])
        .expression(({ selectFrom, val }) =>
          selectFrom('acme_accounts')
            .select(columns.map((column) => val(row[column]).as(column)))
            .where('id', '=', row.account_id)
            .where('status', '=', 'valid'),
        ),
    'one',
  )

  /** An order that has expired replaces nothing any more. */
  function dropExpired({ order: { replaces, createdAt } }: AcmeOrderUnit): readonly SqlStatement[] {
    if (replaces === undefined) return []
    const query = compiler
      .updateTable('acme_orders')
      .set(invalidOrder(undefined))
      .where('replaces', '=', replaces)
      .where('status', 'in', ['pending', 'ready'])
      .where('expires_at', '<=', createdAt.getTime())
    return [compileStatement(query)]
  }

  async function findReplacement(replaces: string): Promise<string | undefined> {
    const query = compiler.selectFrom('acme_orders').select('id').where('replaces', '=', replaces)
    const [row] = await target.read(compileStatement(query))
    return row && String(row.id)
  }

  return {
    ...queries,

    async createOrder(unit) {
      const { order, authorizations, challenges, nonce } = unit
      const expired = dropExpired(unit)
      const change = {
        script: [
          ...expired,
          insertOrder(encodeAcmeOrderRow(order)),
          ...parts(authorizations.map(encodeAcmeAuthorizationRow)).map(insertAuthorizations),
          ...parts(challenges.map(encodeAcmeChallengeRow)).map(insertChallenges),
        ],
        nonce,
        isWritten: async () => (await queries.findOrder(order.id)) !== undefined,
      }
      for (let attempt = 0; attempt < maximumAttempts; attempt++) {
        const outcome = await changes.commit(change)
        if (outcome.status === 'committed') return { status: 'created' }
        if (outcome.status === 'nonce_spent') return outcome
        if (outcome.unmet !== undefined) {
          return changes.refuse(nonce, { status: 'account_not_valid' })
        }
        const orderId = order.replaces && (await findReplacement(order.replaces))
        if (orderId) return changes.refuse(nonce, { status: 'already_replaced', orderId })
        // It was there, and is invalid by now.
      }
      throw new StoreError('store_busy', `an id of the order ${order.id} is taken`, {
        hint: 'try again',
      })
    },

    async deactivateAuthorization({ id, orderId, problem, nonce }) {
      const keepOrder = compiler.selectFrom('acme_orders').select('id').where('id', '=', orderId)
      const deactivate = compiler
        .updateTable('acme_authorizations')
        .set({ status: 'deactivated' })
        .where('id', '=', id)
        .where('order_id', '=', orderId)
        .where(({ or, and, eb, exists, selectFrom }) =>
          or([
            eb('status', '=', 'valid'),
            // Under an order that is no more, what was pending counts as invalid.
            and([
              eb('status', '=', 'pending'),
              exists(
                selectFrom('acme_orders')
                  .select('acme_orders.id')
                  .where('acme_orders.id', '=', orderId)
                  .where('acme_orders.status', '<>', 'invalid'),
              ),
            ]),
          ]),
        )
      const invalidate = compiler
        .updateTable('acme_orders')
        .set(invalidOrder(problem))
        .where('id', '=', orderId)
        .where('status', 'in', ['pending', 'ready'])
      const outcome = await changes.commit({
        script: [
          compileStatement(keepForUpdate(dialect, keepOrder), 'one'),
          compileStatement(deactivate, 'one'),
          compileStatement(invalidate),
        ],
        nonce,
        isWritten: async () => {
          return (await queries.findAuthorization(id))?.authorization.status === 'deactivated'
        },
      })
      if (outcome.status === 'committed') return { status: 'deactivated' }
      if (outcome.status === 'nonce_spent') return outcome
      return changes.refuse(nonce, { status: 'not_pending' })
    },
  }
}

const columns = [
  'id',
  'account_id',
  'provisioner_id',
  'status',
  'identifiers',
  'not_before',
  'not_after',
  'profile',
  'replaces',
  'created_at',
  'expires_at',
  'ends_at',
  'certificate_id',
  'serial',
  'problem',
] as const satisfies readonly (keyof AcmeOrderRow)[]

/** A statement takes only so many values. */
function parts<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const count = Math.ceil(rows.length / mostRows)
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * mostRows, (index + 1) * mostRows),
  )
}

const mostRows = 200

/** How often an order is made again whose rival was gone when it was looked for. */
const maximumAttempts = 5

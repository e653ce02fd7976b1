import { compileStatement } from '../sql/query-compiler.ts'
import {
  type Deletion,
  dueRows,
  earliest,
  lastNumber,
  octetsOf,
  type PruneStep,
  type StepContext,
} from './prune-step.ts'

/** Nonces that were spent, and that nobody takes any more. */
export function createNonceStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  let from = earliest
  return {
    async findNext(limit) {
      const rows = await target.read(
        compileStatement(
          compiler
            .selectFrom('acme_spent_nonces')
            .select(['id', 'expires_at'])
            .where('expires_at', '>=', from)
            .where('expires_at', '<', cutoffs.nonceExpiresAt)
            .orderBy('expires_at')
            .limit(limit),
        ),
      )
      from = lastNumber(rows, 'expires_at') ?? from
      return dueRows(rows, limit, () => [
        {
          counted: 'spentNonces',
          statement: compileStatement(
            compiler.deleteFrom('acme_spent_nonces').where('id', 'in', octetsOf(rows, 'id')),
          ),
        },
      ])
    },
  }
}

/** Orders with their authorizations and challenges, which come first: what is left is found again by its order. */
export function createOrderStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  let from = earliest
  return {
    async findNext(most) {
      const limit = Math.max(1, Math.floor(most / usualRows))
      const rows = await target.read(
        compileStatement(
          compiler
            .selectFrom('acme_orders')
            .select(['id', 'ends_at'])
            .where('ends_at', '>=', from)
            .where('ends_at', '<', cutoffs.orderEndsAt)
            .orderBy('ends_at')
            .limit(limit),
        ),
      )
      from = lastNumber(rows, 'ends_at') ?? from
      const ids = rows.map(({ id }) => String(id)).sort()
      return dueRows(rows, limit, (): readonly Deletion[] => [
        {
          statement: compileStatement(
            compiler
              .deleteFrom('acme_challenges')
              .where('authorization_id', 'in', ({ selectFrom }) =>
                selectFrom('acme_authorizations').select('id').where('order_id', 'in', ids),
              ),
          ),
        },
        {
          statement: compileStatement(
            compiler.deleteFrom('acme_authorizations').where('order_id', 'in', ids),
          ),
        },
        {
          counted: 'orders',
          statement: compileStatement(compiler.deleteFrom('acme_orders').where('id', 'in', ids)),
        },
      ])
    },
  }
}

/** An order of one name, its authorization, three challenges, and some that have more. */
const usualRows = 10

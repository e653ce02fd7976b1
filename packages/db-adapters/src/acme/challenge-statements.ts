import type { AcmeProblem } from '../acme-order.ts'
import { prepareStatement } from '../sql/prepare-statement.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlDialect, SqlStatement } from '../sql/sql-target.ts'
import { invalidOrder } from './invalid-order.ts'
import { keepForUpdate } from './keep-for-update.ts'

/** The ids of a challenge and of what it is under. */
export interface ChallengeKeys {
  id: string
  authorization: string
  order: string
}

/** How an attempt has ended. */
interface EndedAttempt extends ChallengeKeys {
  attempt: number
  status: string
  validatedAt: number | null
  problem: string | null
  trace: string | null
}

/** The statements that the changes of challenges are made of; each holds only under what it asks for. */
interface ChallengeStatements {
  /**
   * The first statement of whatever changes something under an order: at READ COMMITTED, each of the statements behind it
   * sees what was committed by those who kept the order before.
   */
  keepOrder(keys: { order: string }): SqlStatement
  begin(keys: ChallengeKeys & { at: number; deadline: number }): SqlStatement
  /** Two that begin at the same moment have the same deadline; both may then do what one of them was to do. */
  findAttempt(keys: { id: string; deadline: number }): SqlStatement
  endAttempt(ended: EndedAttempt): SqlStatement
  endAuthorization(keys: { id: string; status: string }): SqlStatement
  makeReady(keys: { order: string; at: number }): SqlStatement
  makeInvalid(orderId: string, authorizationId: string, problem: AcmeProblem): SqlStatement
}

/** Creates the {@link ChallengeStatements} of a database. */
export function createChallengeStatements(dialect: SqlDialect): ChallengeStatements {
  const compiler = createQueryCompiler(dialect)

  const keepOrder = prepareStatement<{ order: string }>(
    ({ order }) =>
      keepForUpdate(
        dialect,
        compiler.selectFrom('acme_orders').select('id').where('id', '=', order),
      ),
    'one',
  )

  const begin = prepareStatement<ChallengeKeys & { at: number; deadline: number }>(
    ({ id, authorization, order, at, deadline }) =>
      compiler
        .updateTable('acme_challenges')
        .set(({ eb }) => ({ status: 'processing', attempt: eb('attempt', '+', 1), deadline }))
        .where('id', '=', id)
        .where('authorization_id', '=', authorization)
        .where(({ or, and, eb }) =>
          or([
            eb('status', '=', 'pending'),
            and([eb('status', '=', 'processing'), eb('deadline', '<=', at)]),
          ]),
        )
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('acme_authorizations as a')
              .innerJoin('acme_orders as o', 'o.id', 'a.order_id')
              .select('a.id')
              .where('a.id', '=', authorization)
              .where('a.status', '=', 'pending')
              .where('a.expires_at', '>', at)
              .where('o.id', '=', order)
              .where('o.status', '=', 'pending')
              .where('o.expires_at', '>', at),
          ),
        ),
    'one',
  )
  const findAttempt = prepareStatement<{ id: string; deadline: number }>(({ id, deadline }) =>
    compiler
      .selectFrom('acme_challenges')
      .select('attempt')
      .where('id', '=', id)
      .where('deadline', '=', deadline),
  )

  const endAttempt = prepareStatement<EndedAttempt>(
    ({ id, authorization, order, attempt, status, validatedAt, problem, trace }) =>
      compiler
        .updateTable('acme_challenges')
        .set({ status, validated_at: validatedAt, problem, trace, deadline: null })
        .where('id', '=', id)
        .where('authorization_id', '=', authorization)
        .where('attempt', '=', attempt)
        .where('status', '=', 'processing')
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('acme_authorizations as a')
              .select('a.id')
              .where('a.id', '=', authorization)
              .where('a.order_id', '=', order),
          ),
        ),
    'one',
  )

  const endAuthorization = prepareStatement<{ id: string; status: string }>(({ id, status }) =>
    compiler
      .updateTable('acme_authorizations')
      .set({ status })
      .where('id', '=', id)
      .where('status', '=', 'pending'),
  )

  const makeReady = prepareStatement<{ order: string; at: number }>(({ order, at }) =>
    compiler
      .updateTable('acme_orders')
      .set({ status: 'ready' })
      .where('id', '=', order)
      .where('status', '=', 'pending')
      .where('expires_at', '>', at)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('acme_authorizations as a')
              .select('a.id')
              .where('a.order_id', '=', order)
              .where('a.status', '<>', 'valid'),
          ),
        ),
      ),
  )

  function makeInvalid(
    orderId: string,
    authorizationId: string,
    problem: AcmeProblem,
  ): SqlStatement {
    const query = compiler
      .updateTable('acme_orders')
      .set(invalidOrder(problem))
      .where('id', '=', orderId)
      .where('status', '=', 'pending')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('acme_authorizations as a')
            .select('a.id')
            .where('a.id', '=', authorizationId)
            .where('a.status', '=', 'invalid'),
        ),
      )
    return compileStatement(query)
  }

  return { keepOrder, begin, findAttempt, endAttempt, endAuthorization, makeReady, makeInvalid }
}

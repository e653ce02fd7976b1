import type { AcmeChallengeRecord } from '../acme-order.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import { type ChallengeKeys, createChallengeStatements } from './challenge-statements.ts'
import type {
  AcmeAttempt,
  AcmeAttemptOutcome,
  AcmeChallengeStore,
  AcmeStalledChallenge,
} from './challenge-store.ts'
import type { ChangeMaker } from './change.ts'
import { keepForUpdate } from './keep-for-update.ts'

/** Creates the challenges of a database. */
export function createChallenges(target: SqlTarget, changes: ChangeMaker): AcmeChallengeStore {
  const { dialect } = target
  const compiler = createQueryCompiler(dialect)

  const statements = createChallengeStatements(dialect)
  const { keepOrder, begin, findAttempt, endAttempt } = statements
  const { endAuthorization, makeReady, makeInvalid } = statements

  /** An attempt that has ended as it is to end was ended so by the same caller. */
  async function isEnded(
    { id, attempt }: AcmeAttempt,
    status: AcmeChallengeRecord['status'],
  ): Promise<boolean> {
    const query = compiler
      .selectFrom('acme_challenges')
      .select('id')
      .where('id', '=', id)
      .where('attempt', '=', attempt)
      .where('status', '=', status)
    return (await target.read(compileStatement(query))).length > 0
  }

  async function end(
    attempt: AcmeAttempt,
    status: 'valid' | 'invalid',
    script: readonly SqlStatement[],
  ): Promise<AcmeAttemptOutcome> {
    const isWritten = () => isEnded(attempt, status)
    const outcome = await changes.commit({ script, nonce: undefined, isWritten })
    return outcome.status === 'committed' || (await isWritten()) ? 'recorded' : 'overtaken'
  }

  return {
    async beginChallenge(change) {
      const { id, at, deadlineMilliseconds, nonce } = change
      const deadline = at.getTime() + deadlineMilliseconds
      const underWay = findAttempt({ id, deadline })
      const outcome = await changes.commit({
        script: [begin({ ...referenceOf(change), at: at.getTime(), deadline }), underWay],
        nonce,
        isWritten: async () => (await target.read(underWay)).length > 0,
      })
      if (outcome.status === 'nonce_spent') return outcome
      if (outcome.status === 'refused') return changes.refuse(nonce, { status: 'not_pending' })
      const [row] = outcome.results[1]?.rows ?? (await target.read(underWay))
      if (row === undefined) return { status: 'not_pending' }
      return { status: 'started', attempt: Number(row.attempt) }
    },

    completeChallenge(change) {
      const reference = referenceOf(change)
      const { authorization, order } = reference
      const at = change.validatedAt.getTime()
      return end(change, 'valid', [
        keepOrder({ order }),
        endAttempt({
          ...reference,
          attempt: change.attempt,
          status: 'valid',
          validatedAt: at,
          problem: null,
          trace: change.trace ?? null,
        }),
        endAuthorization({ id: authorization, status: 'valid' }),
        makeReady({ order, at }),
      ])
    },

    failChallenge(change) {
      const reference = referenceOf(change)
      const { authorization, order } = reference
      const { problem, orderProblem = problem } = change
      return end(change, 'invalid', [
        keepOrder({ order }),
        endAttempt({
          ...reference,
          attempt: change.attempt,
          status: 'invalid',
          validatedAt: null,
          problem: JSON.stringify(problem),
          trace: change.trace ?? null,
        }),
        endAuthorization({ id: authorization, status: 'invalid' }),
        makeInvalid(order, authorization, orderProblem),
      ])
    },

    async retryChallenge({ id, attempt, problem, deadline, trace }) {
      const underWay = compiler
        .selectFrom('acme_challenges')
        .select('id')
        .where('id', '=', id)
        .where('attempt', '=', attempt)
        .where('status', '=', 'processing')
      const update = compiler
        .updateTable('acme_challenges')
        .set({
          problem: JSON.stringify(problem),
          deadline: deadline.getTime(),
          trace: trace ?? null,
        })
        .where('id', '=', id)
      const outcome = await changes.commit({
        script: [
          compileStatement(keepForUpdate(dialect, underWay), 'one'),
          compileStatement(update),
        ],
        nonce: undefined,
        isWritten: async () => false,
      })
      return outcome.status === 'committed' ? 'recorded' : 'overtaken'
    },

    async findStalledChallenges({ at, limit }) {
      const query = compiler
        .selectFrom('acme_challenges as c')
        .innerJoin('acme_authorizations as a', 'a.id', 'c.authorization_id')
        .innerJoin('acme_orders as o', 'o.id', 'a.order_id')
        .select(['c.id', 'c.authorization_id', 'c.type', 'a.order_id', 'a.account_id'])
        .select('o.provisioner_id')
        .where('c.deadline', '<=', at.getTime())
        .where('c.status', '=', 'processing')
        .where('a.status', '=', 'pending')
        .where('o.status', '=', 'pending')
        .where('o.expires_at', '>', at.getTime())
        .orderBy('c.deadline')
        .limit(limit)
      const rows = await target.read(compileStatement(query))
      return rows.map(
        (row): AcmeStalledChallenge => ({
          id: String(row.id),
          authorizationId: String(row.authorization_id),
          orderId: String(row.order_id),
          accountId: String(row.account_id),
          provisionerId: String(row.provisioner_id),
          type: String(row.type),
        }),
      )
    },
  }
}

function referenceOf(change: {
  readonly id: string
  readonly authorizationId: string
  readonly orderId: string
}): ChallengeKeys {
  return { id: change.id, authorization: change.authorizationId, order: change.orderId }
}

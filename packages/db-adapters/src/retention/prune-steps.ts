import type { Kysely } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { SqlRow, SqlTarget } from '../sql/sql-target.ts'
import type { Cutoffs } from './cutoffs.ts'
import { createNonceStep, createOrderStep } from './prune-acme.ts'
import {
  type Deletion,
  dueRows,
  earliest,
  lastNumber,
  octetsOf,
  type PruneStep,
  type StepContext,
} from './prune-step.ts'

/**
 * Returns the steps of a pruning, in their order. The rows are looked for without locks and deleted by their keys: none
 * of them ever changes. Each step goes on behind what it has found, for on PostgreSQL an index still leads to rows
 * that have just been deleted.
 */
export function createPruneSteps(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  cutoffs: Cutoffs,
): readonly PruneStep[] {
  const context: StepContext = { target, compiler, cutoffs }
  return [
    createTokenStep(context),
    createCertificateStep(context),
    createRevocationStep(context),
    createUnknownEndStep(context),
    createAuditStep(context),
    createNonceStep(context),
    createOrderStep(context),
  ]
}

function createTokenStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  let from = earliest
  return {
    async findNext(limit) {
      const rows = await target.read(
        compileStatement(
          compiler
            .selectFrom('spent_tokens')
            .select(['id', 'expires_at'])
            .where('expires_at', '>=', from)
            .where('expires_at', '<', cutoffs.tokenExpiresAt)
            .orderBy('expires_at')
            .limit(limit),
        ),
      )
      from = lastNumber(rows, 'expires_at') ?? from
      return dueRows(rows, limit, () => [
        {
          counted: 'spentTokens',
          statement: compileStatement(
            compiler.deleteFrom('spent_tokens').where('id', 'in', octetsOf(rows, 'id')),
          ),
        },
      ])
    },
  }
}

/** A revocation goes with its certificate, unless it was made this very day. */
function createCertificateStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  let from = earliest
  return {
    async findNext(limit) {
      const rows = await target.read(
        compileStatement(
          compiler
            .selectFrom('certificates')
            .select(['serial', 'not_after'])
            .where('not_after', '>=', from)
            .where('not_after', '<', cutoffs.notAfter)
            .orderBy('not_after')
            .limit(limit),
        ),
      )
      from = lastNumber(rows, 'not_after') ?? from
      return dueRows(rows, limit, () => {
        const serials = octetsOf(rows, 'serial')
        return [
          {
            counted: 'certificates',
            statement: compileStatement(
              compiler.deleteFrom('certificates').where('serial', 'in', serials),
            ),
          },
          {
            counted: 'revocations',
            statement: compileStatement(
              compiler
                .deleteFrom('revocations')
                .where('serial', 'in', serials)
                .where('revoked_at', '<', cutoffs.revokedAt),
            ),
          },
        ]
      })
    },
  }
}

/** Those whose certificate has gone before them, or was never here. */
function createRevocationStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  let from = earliest
  return {
    async findNext(limit) {
      const rows = await target.read(
        compileStatement(
          orphans(compiler)
            .select(['serial', 'expires_at'])
            .where('expires_at', '>=', from)
            .where('expires_at', '<', cutoffs.notAfter)
            .where('revoked_at', '<', cutoffs.revokedAt)
            .orderBy('expires_at')
            .limit(limit),
        ),
      )
      from = lastNumber(rows, 'expires_at') ?? from
      return dueRows(rows, limit, () => [deleteOrphans(compiler, rows)])
    },
  }
}

function createUnknownEndStep({ target, compiler, cutoffs }: StepContext): PruneStep {
  return {
    async findNext(limit) {
      const rows = await target.read(
        compileStatement(
          orphans(compiler)
            .select('serial')
            .where('expires_at', 'is', null)
            .where('revoked_at', '<', cutoffs.endUnknown)
            .orderBy('revoked_at')
            .limit(limit),
        ),
      )
      return dueRows(rows, limit, () => [deleteOrphans(compiler, rows)])
    },
  }
}

/** In the order in which they were written, up to the first part in which none is due. */
function createAuditStep({ target, compiler, cutoffs: { auditAt } }: StepContext): PruneStep {
  let after = 0
  return {
    async findNext(limit) {
      if (auditAt === undefined) return undefined
      const rows = await target.read(
        compileStatement(
          compiler
            .selectFrom('audit')
            .select(['id', 'at'])
            .where('id', '>', after)
            .orderBy('id')
            .limit(limit),
        ),
      )
      after = lastNumber(rows, 'id') ?? after
      const due = rows.filter(({ at }) => typeof at === 'number' && at < auditAt)
      if (due.length === 0) return undefined
      const ids = due.flatMap(({ id }) => (typeof id === 'number' ? id : []))
      return {
        isFull: rows.length === limit,
        deletions: [
          {
            counted: 'auditEntries',
            statement: compileStatement(compiler.deleteFrom('audit').where('id', 'in', ids)),
          },
        ],
      }
    },
  }
}

function orphans(compiler: Kysely<Tables>) {
  return compiler
    .selectFrom('revocations')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('certificates')
            .select('certificates.serial')
            .whereRef('certificates.serial', '=', 'revocations.serial'),
        ),
      ),
    )
}

function deleteOrphans(compiler: Kysely<Tables>, rows: readonly SqlRow[]): Deletion {
  return {
    counted: 'revocations',
    statement: compileStatement(
      compiler
        .deleteFrom('revocations')
        .where('serial', 'in', octetsOf(rows, 'serial'))
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('certificates')
                .select('certificates.serial')
                .whereRef('certificates.serial', '=', 'revocations.serial'),
            ),
          ),
        ),
    ),
  }
}

import { type Kysely, sql } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { compileStatement } from '../sql/query-compiler.ts'
import type { SqlTarget } from '../sql/sql-target.ts'
import type { Cutoffs } from './cutoffs.ts'
import type { PruneCounts } from './retention-store.ts'

/** Counts what a pruning with these cutoffs would delete. */
export async function countDue(
  target: SqlTarget,
  compiler: Kysely<Tables>,
  cutoffs: Cutoffs,
): Promise<PruneCounts> {
  const count = async (query: Parameters<typeof compileStatement>[0]): Promise<number> => {
    const [row] = await target.read(compileStatement(query))
    return typeof row?.count === 'number' ? row.count : 0
  }
  const counted = sql<number>`count(*)`.as('count')
  const { auditAt } = cutoffs
  return {
    certificates: await count(
      compiler.selectFrom('certificates').select(counted).where('not_after', '<', cutoffs.notAfter),
    ),
    revocations: await count(
      compiler
        .selectFrom('revocations')
        .leftJoin('certificates', 'certificates.serial', 'revocations.serial')
        .select(counted)
        .where('revocations.revoked_at', '<', cutoffs.revokedAt)
        .where(({ and, eb, or }) =>
          or([
            eb('certificates.not_after', '<', cutoffs.notAfter),
            and([
              eb('certificates.serial', 'is', null),
              or([
                eb('revocations.expires_at', '<', cutoffs.notAfter),
                and([
                  eb('revocations.expires_at', 'is', null),
                  eb('revocations.revoked_at', '<', cutoffs.endUnknown),
                ]),
              ]),
            ]),
          ]),
        ),
    ),
    spentTokens: await count(
      compiler
        .selectFrom('spent_tokens')
        .select(counted)
        .where('expires_at', '<', cutoffs.tokenExpiresAt),
    ),
    auditEntries:
      auditAt === undefined
        ? 0
        : await count(compiler.selectFrom('audit').select(counted).where('at', '<', auditAt)),
    spentNonces: await count(
      compiler
        .selectFrom('acme_spent_nonces')
        .select(counted)
        .where('expires_at', '<', cutoffs.nonceExpiresAt),
    ),
    orders: await count(
      compiler.selectFrom('acme_orders').select(counted).where('ends_at', '<', cutoffs.orderEndsAt),
    ),
  }
}

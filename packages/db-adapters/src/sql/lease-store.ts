import type { Lease, LeaseStore, LeaseWish } from '../lease.ts'
import type { LeaseRow } from '../rows/lease-row.ts'
import { insertOnce } from './insert-once.ts'
import { compileStatement, createQueryCompiler, databaseClock } from './query-compiler.ts'
import type { SqlRow, SqlStatement, SqlTarget } from './sql-target.ts'

/** Creates the leases of a database. */
export function createLeaseStore(target: SqlTarget): LeaseStore {
  const { dialect } = target
  const compiler = createQueryCompiler(dialect)
  const now = databaseClock(dialect)

  function makeFree(name: string): SqlStatement {
    const free: LeaseRow = { name, holder: nobody, fence: 0, expires_at: 0 }
    return insertOnce(compiler, dialect, { table: 'leases', key: 'name', rows: [free] })
  }

  /** The fence comes first: MySQL reads the columns that were set before as they are set. */
  function take({ name, holder, lifetimeMilliseconds }: LeaseWish): SqlStatement {
    return compileStatement(
      compiler
        .updateTable('leases')
        .set(({ case: when, ref, eb }) => ({
          fence: when()
            .when('holder', '=', holder)
            .then(ref('fence'))
            .else(eb('fence', '+', 1))
            .end(),
          holder,
          expires_at: eb(now, '+', lifetimeMilliseconds),
        }))
        .where('name', '=', name)
        .where(({ or, eb }) => or([eb('holder', '=', holder), eb('expires_at', '<=', now)])),
    )
  }

  function findHeld({ name, holder }: LeaseWish): SqlStatement {
    return compileStatement(
      compiler
        .selectFrom('leases')
        .selectAll()
        .where('name', '=', name)
        .where('holder', '=', holder),
      'one',
    )
  }

  return {
    async acquireLease(wish) {
      assertWish(wish)
      const outcome = await target.write([makeFree(wish.name), take(wish), findHeld(wish)])
      const [row] = outcome.status === 'committed' ? (outcome.results.at(-1)?.rows ?? []) : []
      return row && parseLease(row)
    },
    async releaseLease({ name, holder, fence }) {
      await target.write([
        compileStatement(
          compiler
            .updateTable('leases')
            .set({ holder: nobody, expires_at: 0 })
            .where('name', '=', name)
            .where('holder', '=', holder)
            .where('fence', '=', fence),
        ),
      ])
    },
    async listLeases() {
      const query = compiler
        .selectFrom('leases')
        .selectAll()
        .where('expires_at', '>', now)
        .orderBy('name')
      return (await target.read(compileStatement(query))).map(parseLease)
    },
  }
}

/** Who holds what is free. */
const nobody = ''

function assertWish({ name, holder, lifetimeMilliseconds }: LeaseWish): void {
  if (holder === nobody) throw new TypeError(`the lease ${name} is wanted by nobody`)
  if (Number.isSafeInteger(lifetimeMilliseconds) && lifetimeMilliseconds > 0) return
  throw new TypeError(`the lease ${name} cannot last for ${lifetimeMilliseconds} ms`)
}

/** The columns of the query are those of the table. */
function parseLease(row: SqlRow): Lease {
  const { name, holder, fence, expires_at: expiresAt } = row as unknown as LeaseRow
  return { name, holder, fence, expiresAt: new Date(expiresAt) }
}

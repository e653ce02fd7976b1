import { sql } from 'kysely'
import type {
  ConfigurationRevision,
  RevisionOutcome,
  RevisionStore,
} from '../configuration-revision.ts'
import { StoreError } from '../errors.ts'
import {
  type ConfigurationRow,
  encodeConfigurationRow,
  parseConfigurationRow,
} from '../rows/configuration-row.ts'
import { compileStatement, createQueryCompiler } from './query-compiler.ts'
import type { SqlRow, SqlStatement, SqlTarget } from './sql-target.ts'

/** Creates the revisions of a database. */
export function createRevisionStore(target: SqlTarget): RevisionStore {
  const compiler = createQueryCompiler(target.dialect)
  const newest = compileStatement(
    compiler
      .selectFrom('configuration')
      .select(largestSafe.as('newest'))
      .orderBy('number', 'desc')
      .limit(1),
  )

  async function findCurrentNumber(): Promise<number> {
    const [row] = await target.read(newest)
    return Number(row?.newest ?? 0)
  }

  async function findRevision(number: number): Promise<ConfigurationRevision | undefined> {
    const query = compiler.selectFrom('configuration').selectAll().where('number', '=', number)
    const [row] = await target.read(compileStatement(query))
    return row && parseConfigurationRow(asConfigurationRow(row))
  }

  /** Inserts the row if its parent is the newest; the primary key lets one of those pass that ask at the same moment. */
  function insertChild(row: ConfigurationRow): SqlStatement {
    const query = compiler
      .insertInto('configuration')
      .columns(['number', 'document', 'author', 'comment', 'created_at', 'key_id', 'signature'])
      .expression(({ selectFrom, fn, val }) =>
        selectFrom((from) =>
          from
            .selectFrom('configuration')
            .select(fn.coalesce(fn.max('number'), sql<number>`0`).as('number'))
            .as('head'),
        )
          .select([
            val(row.number).as('number'),
            val(row.document).as('document'),
            val(row.author).as('author'),
            val(row.comment).as('comment'),
            val(row.created_at).as('created_at'),
            val(row.key_id).as('key_id'),
            val(row.signature).as('signature'),
          ])
          .where('head.number', '=', row.number - 1),
      )
    return compileStatement(query, 'some')
  }

  return {
    findCurrentNumber,
    findRevision,
    async listRevisions({ before, limit }) {
      const query = compiler
        .selectFrom('configuration')
        .selectAll()
        .orderBy('number', 'desc')
        .limit(limit)
      const part = before === undefined ? query : query.where('number', '<', before)
      const rows = await target.read(compileStatement(part))
      return rows.map((row) => parseConfigurationRow(asConfigurationRow(row)))
    },
    async commitRevision(revision): Promise<RevisionOutcome> {
      const insertion = insertChild(encodeConfigurationRow(revision))
      let lost: unknown
      for (let attempt = 0; attempt < maximumAttempts; attempt++) {
        try {
          const { status } = await target.write([insertion])
          if (status === 'committed') return { status }
          // The attempt whose answer was lost may have been first.
          if (lost !== undefined && isSame(await findRevision(revision.number), revision)) {
            return { status: 'committed' }
          }
          return { status: 'conflict', current: await findCurrentNumber() }
        } catch (error) {
          if (lost === undefined && !isUncertain(error)) throw error
          lost ??= error
        }
      }
      throw lost
    },
  }
}

/** Whoever may write to the database may have written a number that JavaScript does not hold. */
const largestSafe = sql<number>`case when number > ${sql.lit(Number.MAX_SAFE_INTEGER)} then ${sql.lit(Number.MAX_SAFE_INTEGER)} else number end`

/** An attempt whose answer is lost is made again, which is safe: under its number a revision stands once. */
const maximumAttempts = 3

function isSame(found: ConfigurationRevision | undefined, own: ConfigurationRevision): boolean {
  return found !== undefined && Buffer.compare(found.signature, own.signature) === 0
}

function isUncertain(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'commit_uncertain'
}

/** The columns of the query are those of the table. */
function asConfigurationRow(row: SqlRow): ConfigurationRow {
  return row as unknown as ConfigurationRow
}

import type { Compilable } from 'kysely'
import { createGroupCommit } from '../group-commit.ts'
import { prepareStatement } from './prepare-statement.ts'
import type { SqlRow, SqlStatement, SqlTarget } from './sql-target.ts'

/**
 * Creates a query of the rows under a key, which those share that ask while another is being answered. `compile` is given
 * stand-ins for the keys; `keyColumn` is the column of a row that tells its key.
 */
export function createSharedQuery(
  target: SqlTarget,
  keyColumn: string,
  compile: (keys: readonly string[]) => Compilable,
): (key: string) => Promise<readonly SqlRow[]> {
  const prepared = new Map<number, (values: Record<string, string>) => SqlStatement>()

  function statementOf(keys: readonly string[]): SqlStatement {
    const names = keys.map((_, index) => `key ${index}`)
    const fill =
      prepared.get(keys.length) ??
      prepareStatement<Record<string, string>>((standIns) =>
        compile(names.map((name) => standIns[name] ?? '')),
      )
    prepared.set(keys.length, fill)
    return fill(Object.fromEntries(keys.map((key, index) => [`key ${index}`, key])))
  }

  const group = createGroupCommit<string, readonly SqlRow[]>({
    maximumBatchSize: 32,
    async commitBatch(keys) {
      const rows = await target.read(statementOf([...new Set(keys)]))
      const byKey = Map.groupBy(rows, (row) => row[keyColumn])
      return keys.map((key) => byKey.get(key) ?? [])
    },
  })
  return async (key) => (isText(key) ? group.submit(key) : [])
}

/** What no database keeps as text is nobody's key, and would fail the query of all who share it. */
function isText(key: string): boolean {
  return key.isWellFormed() && !key.includes('\0')
}

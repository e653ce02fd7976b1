import { createGroupCommit } from '../group-commit.ts'
import { distinctOctets, keyOf } from './octets.ts'

/** Looks up all rows of a key; those asked for while others are being looked up share the next trip. */
export interface Lookup<Row> {
  find(key: Uint8Array): Promise<readonly Row[]>
  /** Resolves when all that were asked for are answered. */
  drain(): Promise<void>
}

/** Creates a {@link Lookup} of the rows that `findRows` finds, each by the key that `keyColumn` names. */
export function createLookup<Row>(
  findRows: (keys: readonly Uint8Array[]) => Promise<readonly Row[]>,
  keyColumn: (row: Row) => Uint8Array,
): Lookup<Row> {
  const group = createGroupCommit<Uint8Array, { readonly rows: readonly Row[] }>({
    maximumBatchSize: 256,
    async commitBatch(keys) {
      const rows = await findRows(distinctOctets(keys))
      const byKey = Map.groupBy(rows, (row) => keyOf(keyColumn(row)))
      return keys.map((key) => ({ rows: byKey.get(keyOf(key)) ?? [] }))
    },
  })
  return {
    find: async (key) => (await group.submit(key)).rows,
    drain: () => group.drain(),
  }
}

import { createGroupCommit } from '../group-commit.ts'
import { distinctOctets, keyOf } from './octets.ts'

/** Looks rows up by a key; those asked for while others are being looked up share the next trip. */
export interface Lookup<Row> {
  find(key: Uint8Array): Promise<Row | undefined>
  /** Resolves when all that were asked for are answered. */
  drain(): Promise<void>
}

/** Creates a {@link Lookup} of the rows that `findRows` finds, each by the key that `keyColumn` names. */
export function createLookup<Row>(
  findRows: (keys: readonly Uint8Array[]) => Promise<readonly Row[]>,
  keyColumn: (row: Row) => Uint8Array,
): Lookup<Row> {
  const group = createGroupCommit<Uint8Array, { readonly row: Row | undefined }>({
    maximumBatchSize: 256,
    async commitBatch(keys) {
      const rows = await findRows(distinctOctets(keys))
      const byKey = new Map(rows.map((row) => [keyOf(keyColumn(row)), row]))
      return keys.map((key) => ({ row: byKey.get(keyOf(key)) }))
    },
  })
  return {
    find: async (key) => (await group.submit(key)).row,
    drain: () => group.drain(),
  }
}

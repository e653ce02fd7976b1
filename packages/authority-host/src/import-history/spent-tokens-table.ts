import { describeSpentToken, type SpentToken } from '@mayfly/authority-core'
import type { HistoryTable } from './history-table.ts'
import { textOf } from './step-ca-value.ts'

/**
 * The tokens that are spent. step-ca keeps each whole and for ever; of those that could still be handed in here the
 * identities are kept, until they expire.
 */
export const spentTokensTable: HistoryTable<SpentToken> = {
  name: 'used_ott',

  judge({ value }, { now }) {
    const item = describeSpentToken(textOf(value))
    if (item === undefined) {
      return { kind: 'unneeded', note: 'no token that is taken here, or one without an end' }
    }
    if (item.expiresAt.getTime() + marginMilliseconds < now.getTime()) {
      return { kind: 'unneeded', note: 'expired' }
    }
    return { kind: 'keep', item }
  },

  async findPresent(items, imports) {
    const found = await imports.findSpent(items.flatMap(({ ids }) => ids))
    return items.map(({ ids }) =>
      ids.every((id) => found.has(Buffer.from(id).toString('hex'))) ? 'present' : 'absent',
    )
  },

  toPart: (items) => ({
    spentTokens: items.flatMap(({ ids, expiresAt }) =>
      ids.map((tokenId) => ({ tokenId, expiresAt })),
    ),
  }),
}

/** As long as the store keeps a spent token beyond its end: a clock may be wrong. */
const marginMilliseconds = 86_400_000

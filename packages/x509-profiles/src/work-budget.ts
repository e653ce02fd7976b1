import { PathError } from './path-error.ts'

/**
 * What one verification may cost. A path of four certificates takes three signatures and three
 * candidates; certificates made to waste time ask for millions of each.
 */
const limits = { signatures: 200, candidates: 5_000, nameComparisons: 100_000 } as const

/** Counts the work of one verification. */
export interface WorkBudget {
  /** @throws {PathError} `budget` when the kind of work is used up. */
  spend(kind: keyof typeof limits): void
}

/** Starts to count at zero. */
export function createWorkBudget(): WorkBudget {
  const spent = { signatures: 0, candidates: 0, nameComparisons: 0 }
  return {
    spend(kind) {
      spent[kind] += 1
      if (spent[kind] > limits[kind]) {
        throw new PathError(
          'budget',
          `verification takes more than ${limits[kind]} ${labels[kind]}`,
        )
      }
    },
  }
}

const labels: Readonly<Record<keyof typeof limits, string>> = {
  signatures: 'signatures',
  candidates: 'candidate issuers',
  nameComparisons: 'comparisons of names with name constraints',
}

import type { Certificate } from './certificate.ts'
import type { AnyGeneralName } from './internal/any-general-name.ts'
import { findNameConstraints, type NameConstraints, namesOf } from './name-constraints.ts'
import { PathError } from './path-error.ts'

/**
 * What one verification may cost. A path of four certificates takes three signatures and three
 * candidates; certificates made to waste time ask for millions of each.
 */
const limits = { signatures: 200, candidates: 5_000, nameComparisons: 100_000 } as const

/** Counts the work of one verification, and remembers what need not be done twice. */
export interface PathWork {
  /** @throws {PathError} `budget` when the kind of work is used up. */
  spend(kind: keyof typeof limits): void
  /** As {@link namesOf}. */
  namesOf(certificate: Certificate): readonly AnyGeneralName[]
  /** As {@link findNameConstraints}. */
  findNameConstraints(certificate: Certificate): NameConstraints | undefined
  /** Runs `verify` for a certificate and its issuer unless the outcome is known. */
  isSigned(child: Certificate, issuer: Certificate, verify: () => boolean): boolean
}

/** Starts to count at zero. */
export function createPathWork(): PathWork {
  const spent = { signatures: 0, candidates: 0, nameComparisons: 0 }
  const outcomes = new Map<Certificate, Map<Certificate, boolean>>()
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
    namesOf: remember(namesOf),
    findNameConstraints: remember(findNameConstraints),
    isSigned(child, issuer, verify) {
      const known = outcomes.get(child) ?? new Map<Certificate, boolean>()
      outcomes.set(child, known)
      const outcome = known.get(issuer) ?? verify()
      known.set(issuer, outcome)
      return outcome
    },
  }
}

function remember<T>(read: (certificate: Certificate) => T): (certificate: Certificate) => T {
  const results = new Map<Certificate, { readonly result: T }>()
  return (certificate) => {
    const known = results.get(certificate) ?? { result: read(certificate) }
    results.set(certificate, known)
    return known.result
  }
}

const labels: Readonly<Record<keyof typeof limits, string>> = {
  signatures: 'signatures',
  candidates: 'candidate issuers',
  nameComparisons: 'comparisons of names with name constraints',
}

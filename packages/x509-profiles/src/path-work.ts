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
  /** Runs `verify` for a certificate and its issuer unless the outcome is known, or was once proven. */
  isSigned(child: Certificate, issuer: Certificate, verify: () => boolean): boolean
}

/** Starts to count at zero. */
export function createPathWork(maximumSignatures: number = limits.signatures): PathWork {
  const allowed = { ...limits, signatures: maximumSignatures }
  const spent = { signatures: 0, candidates: 0, nameComparisons: 0 }
  const refuted = new Map<Certificate, Set<Certificate>>()
  return {
    spend(kind) {
      spent[kind] += 1
      if (spent[kind] > allowed[kind]) {
        throw new PathError(
          'budget',
          `verification takes more than ${allowed[kind]} ${labels[kind]}`,
        )
      }
    },
    namesOf: remember(namesOf),
    findNameConstraints: remember(findNameConstraints),
    isSigned(child, issuer, verify) {
      if (proven.get(child)?.has(issuer)) return true
      const known = refuted.get(child) ?? new Set<Certificate>()
      refuted.set(child, known)
      if (known.has(issuer)) return false
      if (verify()) {
        proven.set(child, (proven.get(child) ?? new WeakSet()).add(issuer))
        return true
      }
      known.add(issuer)
      return false
    },
  }
}

/**
 * Signatures that verified: of certificates that are kept, such as an authority's own chain, they need not
 * be verified for each leaf again. All else is judged afresh each time.
 */
const proven = new WeakMap<Certificate, WeakSet<Certificate>>()

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

import type { Certificate } from '../certificate.ts'
import { DerError } from '../internal/der.ts'
import { authorityLints } from './authority-lints.ts'
import { extensionLints } from './extension-lints.ts'
import { keyLints } from './key-lints.ts'
import { nameLints } from './name-lints.ts'
import { documents, isServers } from './scope.ts'
import { subjectLints } from './subject-lints.ts'
import { subscriberLints } from './subscriber-lints.ts'

/**
 * What came of a lint: `NA` where it does not apply, `NE` where its rule was not yet in force when the certificate
 * began, `fatal` where the part that it looks at cannot be read.
 */
export type LintResult = 'pass' | 'NA' | 'NE' | 'info' | 'warn' | 'error' | 'fatal'

/** The document that a rule stands in; `baseline` are the baseline requirements, which are for TLS servers. */
export type LintSource = 'rfc2459' | 'rfc3280' | 'rfc5280' | 'baseline'

/** One rule for certificates. */
export interface Lint {
  /** zlint's name of it; `e_` is an error, `w_` a warning, `n_` a notice. */
  readonly name: `${'e' | 'w' | 'n'}_${string}`
  readonly source: LintSource
  /** Certificates that begin before this day are not judged; if left out, the day of the source. */
  readonly since?: Date
  /** Whether the rule is for certificates like this one. */
  applies(certificate: Certificate): boolean
  /** Whether the certificate keeps the rule. */
  holds(certificate: Certificate): boolean
}

/**
 * Judges a certificate by rules of RFC 5280 and of the CA/Browser Forum's baseline requirements, under zlint's names,
 * in alphabetical order. The rules are those that one certificate can be judged by alone; what {@link parseCertificate}
 * refuses is not judged.
 */
export function lintCertificate(certificate: Certificate): Readonly<Record<string, LintResult>> {
  return Object.fromEntries(lints.map((lint) => [lint.name, judge(lint, certificate)]))
}

function judge(lint: Lint, certificate: Certificate): LintResult {
  try {
    if (lint.source === 'baseline' && !isServers(certificate)) return 'NA'
    if (!lint.applies(certificate)) return 'NA'
    if (certificate.validity.notBefore < (lint.since ?? documents[lint.source])) return 'NE'
    return lint.holds(certificate) ? 'pass' : severities[severityOf(lint)]
  } catch (error) {
    if (error instanceof DerError) return 'fatal'
    throw error
  }
}

function severityOf({ name }: Lint): keyof typeof severities {
  return name.startsWith('e_') ? 'e' : name.startsWith('w_') ? 'w' : 'n'
}

const severities = { e: 'error', w: 'warn', n: 'info' } as const

const lints: readonly Lint[] = [
  ...authorityLints,
  ...extensionLints,
  ...keyLints,
  ...nameLints,
  ...subjectLints,
  ...subscriberLints,
].sort((a, b) => (a.name < b.name ? -1 : 1))

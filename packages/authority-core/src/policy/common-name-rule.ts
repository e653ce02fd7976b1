import { guessGeneralName, ProfileError } from '@mayfly/x509-profiles'
import { canonicalHost } from './host.ts'
import { type NameKind, RuleError } from './name-kind.ts'

/** A common name: as it is compared to allow, and in the one spelling of what it looks like. */
interface CommonName {
  readonly text: string
  readonly canonical: string
}

/** Common names, whole and without regard to case. */
export const commonNameKind: NameKind<CommonName, CommonName> = {
  parseName,
  parseRule: (text) => {
    const rule = text.trim()
    if (rule === '') throw new RuleError('is empty, write a common name')
    if (rule === '*') throw new RuleError('"*" is no rule, a common name is written in full')
    return parseName(rule)
  },
  denies: (rule, name) => rule.text === name.text || rule.canonical === name.canonical,
  allows: (rule, name) => rule.text === name.text,
}

function parseName(text: string): CommonName {
  const { type, value } = guessKind(text)
  const host = type === 'dns' ? canonicalHost(value) : undefined
  return { text: text.toLowerCase(), canonical: host ?? fold(value) }
}

/** The kind of subjectAltName that a common name looks like, also with characters that stand in none. */
export function guessKind(text: string): {
  readonly type: 'dns' | 'email' | 'ip' | 'uri'
  readonly value: string
} {
  try {
    return guessGeneralName(text)
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text)) return { type: 'uri', value: text }
    return { type: text.includes('@') ? 'email' : 'dns', value: text }
  }
}

/**
 * Case, runs of blanks, the width of characters and those that nobody sees do not count (RFC 5280 §7.1, RFC 4518 §2),
 * nor does a dot at the end.
 */
function fold(text: string): string {
  const visible = text.normalize('NFKC').replace(unseen, '')
  return visible.toLowerCase().trim().replace(/\s+/g, ' ').replace(/\.$/, '')
}

const unseen = /\p{Default_Ignorable_Code_Point}|\p{Cf}/gu

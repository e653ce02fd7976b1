import {
  type CertificationRequest,
  findCommonName,
  type GeneralName,
  guessGeneralName,
  ProfileError,
} from '@mayfly/x509-profiles'
import { AuthorityError } from './errors.ts'

/** The kinds in the order in which they are compared, with step's word for each. */
const kinds = [
  { type: 'dns', word: 'DNS names' },
  { type: 'email', word: 'email addresses' },
  { type: 'ip', word: 'IP addresses' },
  { type: 'uri', word: 'URIs' },
] as const

/** Names of one certificate; every peer of its holder reads them in each handshake. */
export const maximumNames = 1000

/** Characters of all names of one certificate. */
export const maximumNamesLength: number = 32 * 1024

/** The names that a one-time token grants. */
export interface GrantedNames {
  /** Common name of the subject: always the token's. */
  readonly subject: string
  /** The token's `sans`, or the subject alone, typed and in the order of a certificate: DNS, email, IP, URI. */
  readonly subjectAltNames: readonly GeneralName[]
}

/**
 * Returns the names that a token grants after comparing them to those of the request: a request may leave names
 * out by kind, but may not ask for others. Its common name may be any name of the token, or with `commonName: 'subject'`
 * the token's subject alone.
 *
 * @throws {AuthorityError} `name_mismatch` with step's text.
 * @throws {ProfileError} `name_invalid` when the token grants what no certificate can hold, or too many names.
 */
export function grantNames(
  csr: CertificationRequest,
  token: { readonly sub: string; readonly sans?: readonly string[] },
  { commonName }: { readonly commonName: 'any' | 'subject' } = { commonName: 'any' },
): GrantedNames {
  const sans = token.sans?.length ? token.sans : [token.sub]
  assertBounded([token.sub, ...sans])
  assertCommonName(findCommonName(csr.subject) ?? '', commonName === 'any' ? sans : [], token.sub)
  const granted = sans.filter((san) => san !== '').map(guessGeneralName)
  return {
    subject: token.sub,
    subjectAltNames: kinds.flatMap(({ type, word }) => {
      const wanted = valuesOf(granted, type)
      const asked = valuesOf(csr.subjectAltNames, type)
      if (asked.length > 0 && !sameSet(asked, wanted)) {
        throw mismatch(word, list(asked), list(wanted))
      }
      return wanted.map((value) => ({ type, value }))
    }),
  }
}

function assertCommonName(asked: string, sans: readonly string[], subject: string): void {
  if (asked === '' || asked === subject || sans.includes(asked)) return
  throw mismatch('common name', asked, sans.length === 0 ? subject : list([subject, ...sans]))
}

function assertBounded(names: readonly string[]): void {
  if (names.length > maximumNames + 1) {
    throw new ProfileError(
      'name_invalid',
      `the token grants ${names.length - 1} names, a certificate may hold ${maximumNames}`,
    )
  }
  const length = names.reduce((sum, name) => sum + name.length, 0)
  if (length > maximumNamesLength) {
    throw new ProfileError(
      'name_invalid',
      `the names of the token have ${length} characters, a certificate may hold ${maximumNamesLength}`,
    )
  }
}

function valuesOf(names: readonly GeneralName[], type: GeneralName['type']): readonly string[] {
  return names.filter((name) => name.type === type).map(({ value }) => value)
}

function sameSet(left: readonly string[], right: readonly string[]): boolean {
  const [a, b] = [new Set(left), new Set(right)]
  return a.size === b.size && [...a].every((value) => b.has(value))
}

function mismatch(word: string, got: string, want: string): AuthorityError {
  return new AuthorityError(
    'name_mismatch',
    `certificate request does not contain the valid ${word} - got ${got}, want ${want}`,
  )
}

/** As Go prints a list of strings. */
function list(values: readonly string[]): string {
  return `[${values.join(' ')}]`
}

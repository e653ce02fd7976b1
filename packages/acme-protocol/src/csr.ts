import type { AcmeIdentifier } from '@mayfly/db-adapters'
import { decodeBase64url, jwkThumbprint } from '@mayfly/jwt-tokens'
import {
  type CertificationRequest,
  findCommonName,
  type GeneralName,
  ProfileError,
  parseCertificationRequest,
  parseIpAddress,
  publicKeyOf,
  verifyCertificationRequest,
} from '@mayfly/x509-profiles'
import { AcmeError, type AcmeSubproblem } from './errors.ts'
import { identifierKey } from './identifier.ts'
import { problemType } from './problem.ts'

/** A request whose signature holds. */
export interface ProvenRequest {
  readonly csr: CertificationRequest
  /** RFC 7638 thumbprint of its key, 32 octets. */
  readonly thumbprint: Uint8Array
}

/**
 * Reads the request of a finalization (RFC 8555 §7.4).
 *
 * @throws {AcmeError} `malformed` when it is not base64url, else `badCSR`.
 */
export function readCsr(text: string | undefined): ProvenRequest {
  if (text === undefined) throw new AcmeError('malformed', 'there is no "csr"')
  const der = decodeBase64url(text)
  if (der === undefined) {
    throw new AcmeError('malformed', '"csr" is not base64url without padding')
  }
  try {
    const csr = parseCertificationRequest(der)
    verifyCertificationRequest(csr)
    return { csr, thumbprint: Buffer.from(jwkThumbprint(publicKeyOf(csr)), 'base64url') }
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    const hint = cause.hint === undefined ? {} : { hint: cause.hint }
    throw new AcmeError('badCSR', cause.message, { cause, ...hint })
  }
}

/**
 * Checks that a request names the identifiers of its order, all of them and nothing else (RFC 8555 §7.4). The common name
 * counts as one of them.
 *
 * @throws {AcmeError} `badCSR` with a subproblem for each name that is missing or too much.
 */
export function assertCsrNames(
  csr: CertificationRequest,
  identifiers: readonly AcmeIdentifier[],
): void {
  const foreign = csr.subjectAltNames.filter(({ type }) => type !== 'dns' && type !== 'ip')
  if (foreign.length > 0 || countSubjectAltNames(csr) !== csr.subjectAltNames.length) {
    const kinds = foreign.map(({ type, value }) => `${type} ${value}`).join(', ')
    const detail = kinds === '' ? 'of another kind' : `of other kinds: ${kinds}`
    throw new AcmeError(
      'badCSR',
      `beside DNS names and IP addresses the request has names ${detail}`,
    )
  }
  const requested = requestedIdentifiers(csr)
  const ordered = new Set(identifiers.map(identifierKey))
  const named = new Set(requested.map(identifierKey))
  const missing = identifiers.filter((each) => !named.has(identifierKey(each)))
  const additional = requested.filter((each) => !ordered.has(identifierKey(each)))
  if (missing.length + additional.length === 0) return
  const subproblems = [
    ...missing.map((each) => subproblemOf(each, 'is in the order, but not in the request')),
    ...additional.map((each) => subproblemOf(each, 'is in the request, but not in the order')),
  ]
  const details = subproblems.map(({ detail }) => detail).join('; ')
  throw new AcmeError('badCSR', `the request does not name what was ordered: ${details}`, {
    subproblems,
  })
}

function requestedIdentifiers({
  subject,
  subjectAltNames,
}: CertificationRequest): AcmeIdentifier[] {
  const commonName = findCommonName(subject)
  const names: readonly GeneralName[] = [
    ...(commonName === undefined || commonName === ''
      ? []
      : [
          {
            type: parseIpAddress(commonName) ? ('ip' as const) : ('dns' as const),
            value: commonName,
          },
        ]),
    ...subjectAltNames,
  ]
  const identifiers = names.map(({ type, value }) => ({ type, value: value.toLowerCase() }))
  return [...new Map(identifiers.map((each) => [identifierKey(each), each])).values()]
}

/** Counts the names of every kind; the extension was read as DER before. */
function countSubjectAltNames({ extensions }: CertificationRequest): number {
  const extension = extensions.find(({ oid }) => oid === subjectAltName)
  if (extension === undefined) return 0
  let count = 0
  let offset = contentsAt(extension.value, 0).start
  while (offset < extension.value.length) {
    offset = contentsAt(extension.value, offset).end
    count += 1
  }
  return count
}

/** Where the contents of the element at `offset` are (X.690 §8.1). */
function contentsAt(
  der: Uint8Array,
  offset: number,
): { readonly start: number; readonly end: number } {
  const length = der[offset + 1] ?? 0
  const lengthOctets = length < 0x80 ? 0 : length & 0x7f
  const start = offset + 2 + lengthOctets
  const long = der.subarray(offset + 2, start).reduce((sum, octet) => sum * 256 + octet, 0)
  return { start, end: start + (lengthOctets === 0 ? length : long) }
}

function subproblemOf(identifier: AcmeIdentifier, what: string): AcmeSubproblem {
  return { type: problemType('badCSR'), detail: `${identifier.value} ${what}`, identifier }
}

const subjectAltName = '2.5.29.17'

import type { KeyObject } from 'node:crypto'
import {
  type Certificate,
  equalCertificates,
  publicKeyOf,
  verifyCertificateSignature,
} from './certificate.ts'
import { ProfileError } from './errors.ts'
import { assertHost } from './host-name.ts'
import { equalOctets } from './internal/der.ts'
import { PathError } from './path-error.ts'
import {
  assertFitIssuer,
  assertFitLeaf,
  assertIssued,
  label,
  looksSelfSigned,
  type PathTerms,
  type PathUsage,
  pathLengthOf,
} from './path-rules.ts'
import { createPathWork, type PathWork } from './path-work.ts'

/** What {@link verifyCertificatePath} goes by. */
export interface PathOptions {
  /**
   * Trusted as they are, self-signed or not, with or without key identifiers; they, too, must be in time
   * and be a CA's.
   */
  readonly roots: readonly Certificate[]
  /** Where further issuers are looked for, in any order; nothing about them is trusted. */
  readonly intermediates: readonly Certificate[]
  readonly now: Date
  /** What the leaf is to be used for, `serverAuth` unless said. */
  readonly usage?: PathUsage
  /** The DNS name or IP address that the leaf must be for. */
  readonly host?: string
  /** How many intermediates there may be at most, self-issued ones not counted; 8 unless said. */
  readonly maximumPathLength?: number
  /**
   * How many signatures are verified at most, 200 unless said; a path takes one for each certificate but the root. Fewer
   * where anybody may send certificates.
   */
  readonly maximumSignatures?: number
}

/**
 * Finds a path of certificates from `leaf` to a trusted root and returns it, leaf first
 * (RFC 5280 §6). A leaf that is itself among the roots is a path of its own.
 *
 * Checked are: signatures by the allow-list of algorithms, and key strength; validity (both ends
 * included), critical extensions, CA flag, keyCertSign, path length, name constraints; usages of the leaf
 * and, as in Go, of every issuer that names some; the host. Policies and revocation are not. The work is
 * bounded, whatever the certificates.
 *
 * @throws {PathError} whose `reason` tells what stopped the path that came farthest.
 */
export function verifyCertificatePath(
  leaf: Certificate,
  options: PathOptions,
): readonly Certificate[] {
  const { roots, intermediates, now, usage = 'serverAuth', host, maximumPathLength = 8 } = options
  if (Number.isNaN(now.getTime())) throw new TypeError('now is not a valid date')
  const terms: PathTerms = { now, usage, maximumPathLength }
  assertFitLeaf(leaf, terms)
  if (host !== undefined) assertHost(leaf, host)
  if (roots.some((root) => equalCertificates(root, leaf))) return [leaf]
  const search: Search = {
    roots,
    // A self-signed certificate that is no root leads nowhere.
    intermediates: intermediates.filter((certificate) => !looksSelfSigned(certificate)),
    terms,
    work: createPathWork(options.maximumSignatures),
    fault: undefined,
  }
  const path = extendPath([leaf], search)
  if (path === undefined) throw search.fault?.error ?? unknownAuthority(leaf)
  return path
}

interface Search {
  readonly roots: readonly Certificate[]
  readonly intermediates: readonly Certificate[]
  readonly terms: PathTerms
  readonly work: PathWork
  /** What stopped the longest path so far. */
  fault: { readonly length: number; readonly error: PathError } | undefined
}

/** Goes on from the end of a path, depth first; `undefined` when no root is reached. */
function extendPath(
  path: readonly Certificate[],
  search: Search,
): readonly Certificate[] | undefined {
  const child = path.at(-1)
  if (child === undefined || path.length > maximumDepth) return undefined
  for (const candidate of findIssuers(child, search)) {
    const { certificate, isRoot, key } = candidate
    if (isOnPath(certificate, path)) continue
    search.work.spend('candidates')
    try {
      assertFitIssuer(candidate, path, search.terms, search.work)
      const extended = [...path, certificate]
      if (!isRoot) assertCount(extended, search.terms)
      if (!isSignedBy(child, certificate, search.work)) {
        if (key !== 'named') continue
        throw new PathError('signature', `the signature of ${label(child)} is wrong`)
      }
      assertIssued(child, certificate)
      const found = isRoot ? extended : extendPath(extended, search)
      if (found !== undefined) return found
    } catch (error) {
      if (!(error instanceof PathError) || error.reason === 'budget') throw error
      // Another authority of the same name is no fault of this path.
      if (key === 'other' || path.length <= (search.fault?.length ?? 0)) continue
      search.fault = { length: path.length, error }
    }
  }
  return undefined
}

interface Candidate {
  readonly certificate: Certificate
  readonly isRoot: boolean
  /** Whether its key is by its identifier the one that the child names, another one, or may be either. */
  readonly key: 'named' | 'unknown' | 'other'
}

/** Certificates whose subject is the child's issuer: the right key and roots first. */
function findIssuers(child: Certificate, { roots, intermediates }: Search): Candidate[] {
  const collect = (certificates: readonly Certificate[], isRoot: boolean): Candidate[] => {
    const named = certificates.filter(({ subject }) => equalOctets(subject.der, child.issuer.der))
    return named.map((certificate) => ({
      certificate,
      isRoot,
      key: compareKeys(certificate, child),
    }))
  }
  const candidates = [...collect(roots, true), ...collect(intermediates, false)]
  return keyOrder.flatMap((order) => candidates.filter(({ key }) => key === order))
}

function compareKeys(issuer: Certificate, child: Certificate): Candidate['key'] {
  const wanted = child.authorityKeyIdentifier
  const found = issuer.subjectKeyIdentifier
  if (wanted === undefined || found === undefined) return 'unknown'
  return equalOctets(wanted, found) ? 'named' : 'other'
}

/** The same name with the same key would lead around in a circle. */
function isOnPath(candidate: Certificate, path: readonly Certificate[]): boolean {
  return path.some(({ subject, subjectPublicKeyInfo }) => {
    return (
      equalOctets(subject.der, candidate.subject.der) &&
      equalOctets(subjectPublicKeyInfo, candidate.subjectPublicKeyInfo)
    )
  })
}

function assertCount(path: readonly Certificate[], { maximumPathLength }: PathTerms): void {
  if (pathLengthOf(path) <= maximumPathLength) return
  throw new PathError('path_length', `more than ${maximumPathLength} intermediates are needed`)
}

function isSignedBy(child: Certificate, issuer: Certificate, work: PathWork): boolean {
  const { algorithm, name } = child.signatureAlgorithm
  if (algorithm === undefined) {
    const message = `certificate ${label(child)} is signed with ${name}, which is not allowed`
    throw new PathError('signature', message)
  }
  return work.isSigned(child, issuer, () => {
    work.spend('signatures')
    const issuerKey = importKey(issuer)
    return verifyCertificateSignature(child, issuerKey)
  })
}

function importKey(issuer: Certificate): KeyObject {
  try {
    return publicKeyOf(issuer)
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    const message = `the key of ${label(issuer)} is not allowed: ${cause.message}`
    throw new PathError('signature', message, { cause })
  }
}

function unknownAuthority(leaf: Certificate): PathError {
  const message = `certificate ${label(leaf)} is signed by an unknown authority`
  return new PathError('unknown_authority', message, {
    hint: 'Give the root certificate it leads to, and the intermediates in between.',
  })
}

/** The identifiers are hints: a key that seems to be another one is tried last (RFC 5280 §4.2.1.1). */
const keyOrder: readonly Candidate['key'][] = ['named', 'unknown', 'other']

/** Certificates on a path, self-issued ones counted; beyond, nothing is looked for. */
const maximumDepth = 16

import {
  type Certificate,
  equalCertificates,
  publicKeyOf,
  verifyCertificateSignature,
} from './certificate.ts'
import { DerError, equalOctets } from './internal/der.ts'
import {
  findNameConstraints,
  findNameFault,
  type NameConstraints,
  type NameHolder,
  namesOf,
} from './name-constraints.ts'
import { PathError } from './path-error.ts'
import { label } from './path-rules.ts'
import { createPathWork } from './path-work.ts'

/** What the certificates above those of one issuer say about names, read once. */
export interface IssuingPath {
  readonly constraints: readonly {
    readonly holder: Certificate
    readonly constraints: NameConstraints
  }[]
}

/**
 * Finds the ways from an issuing certificate up to a root that is among `roots`, by subject and signature; the issuing
 * certificate alone when there is none.
 *
 * @throws {PathError} `name_constraints` when those of a certificate are malformed.
 */
export function findIssuingPaths(
  issuer: Certificate,
  {
    intermediates,
    roots,
  }: {
    readonly intermediates: readonly Certificate[]
    readonly roots: readonly Certificate[]
  },
): readonly IssuingPath[] {
  const isRoot = (certificate: Certificate) =>
    roots.some((each) => equalCertificates(each, certificate))
  const climb = (path: readonly [Certificate, ...Certificate[]]): Certificate[][] => {
    const [top] = path
    if (isRoot(top)) return [[...path]]
    if (path.length >= maximumDepth) return []
    return [...roots, ...intermediates]
      .filter(
        (each, index, all) => all.findIndex((other) => equalCertificates(each, other)) === index,
      )
      .filter((each) => !path.some((below) => equalCertificates(each, below)))
      .filter((each) => isSignedBy(top, each))
      .flatMap((each) => climb([each, ...path]))
  }
  const paths = climb([issuer])
  return (paths.length === 0 ? [[issuer]] : paths).map(toIssuingPath)
}

/**
 * Verifies that the names of a certificate, before it is signed, are such that the certificates above permit them
 * (RFC 5280 §4.2.1.10). One path that permits them all is enough, as to whoever verifies them later.
 *
 * @throws {PathError} `name_constraints`, which names the name, the constraint and whose it is; `budget` for
 * more comparisons than a verifier would make.
 */
export function verifyNameConstraints(paths: readonly IssuingPath[], holder: NameHolder): void {
  if (paths.some(({ constraints }) => constraints.length === 0)) return
  const work = createPathWork()
  const names = orPathError('the names', () => namesOf(holder))
  const faults = paths.map(({ constraints }) => {
    for (const each of constraints) {
      const fault = findNameFault(each.constraints, names, () => work.spend('nameComparisons'))
      if (fault === undefined) continue
      return new PathError(
        'name_constraints',
        `${fault}, under the name constraints of ${label(each.holder)}`,
      )
    }
    return undefined
  })
  const [first] = faults
  if (first !== undefined && !faults.includes(undefined)) throw first
}

function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  return (
    equalOctets(certificate.issuer.der, issuer.subject.der) &&
    verifyCertificateSignature(certificate, publicKeyOf(issuer))
  )
}

function toIssuingPath(path: readonly Certificate[]): IssuingPath {
  return {
    constraints: path.flatMap((holder) => {
      const constraints = orPathError(label(holder), () => findNameConstraints(holder))
      return constraints === undefined ? [] : [{ holder, constraints }]
    }),
  }
}

function orPathError<Value>(what: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof DerError)) throw cause
    const message = `name constraints of or for ${what} are malformed: ${cause.message}`
    throw new PathError('name_constraints', message, { cause })
  }
}

/** Further up, nobody verifies. */
const maximumDepth = 10

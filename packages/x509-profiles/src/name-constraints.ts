import type { CertificateFields } from './certificate.ts'
import {
  type AnyGeneralName,
  parseAnyGeneralNames,
  readAnyGeneralName,
} from './internal/any-general-name.ts'
import { constructed, DerError, DerReader, primitive, tags } from './internal/der.ts'
import { formatIpAddress } from './internal/ip-address.ts'
import { extensionOids } from './internal/oids.ts'
import { formatName, isEmptyName } from './name.ts'
import { isInSubtree, UnfitNameError } from './name-matching.ts'

/** Which names a CA's certificates may hold (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly AnyGeneralName[]
  readonly excluded: readonly AnyGeneralName[]
}

/**
 * Reads the value of the extension. What a subtree of its kind must look like is judged where names are
 * compared; here only the structure is.
 *
 * @throws {DerError} also when both lists are absent, one is empty, or a subtree has a minimum or maximum.
 */
export function parseNameConstraints(value: Uint8Array): NameConstraints {
  const reader = new DerReader(value)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const permitted = readSubtrees(sequence.enterOptional(constructed(0)))
  const excluded = readSubtrees(sequence.enterOptional(constructed(1)))
  sequence.finish()
  if (permitted.length + excluded.length === 0)
    throw new DerError('name constraints without a name')
  return { permitted, excluded }
}

function readSubtrees(reader: DerReader | undefined): AnyGeneralName[] {
  if (reader === undefined) return []
  if (reader.isAtEnd) throw new DerError('a list of name constraints is empty')
  const subtrees: AnyGeneralName[] = []
  while (!reader.isAtEnd) {
    const subtree = reader.enter(tags.sequence)
    subtrees.push(readAnyGeneralName(subtree))
    if (subtree.peekTag() === primitive(0))
      throw new DerError('a name constraint writes its minimum')
    subtree.finish()
  }
  return subtrees
}

/**
 * What is wrong with `names` under the constraints, `undefined` when nothing is. Excluded subtrees go
 * before permitted ones. `spend` is called for each name and each comparison and may throw.
 */
export function findNameFault(
  { permitted, excluded }: NameConstraints,
  names: readonly AnyGeneralName[],
  spend: () => void,
): string | undefined {
  const denied = groupByKind(excluded)
  const allowed = groupByKind(permitted)
  try {
    for (const name of names) {
      spend()
      const isIn = (list: 'permitted' | 'excluded') => {
        return (subtree: AnyGeneralName): boolean => {
          spend()
          return isInSubtree(name, subtree, list)
        }
      }
      if (denied.get(name.kind)?.some(isIn('excluded'))) return `${describe(name)} is excluded`
      if (allowed.get(name.kind)?.some(isIn('permitted')) === false) {
        return `${describe(name)} is not permitted`
      }
    }
  } catch (error) {
    if (!(error instanceof UnfitNameError)) throw error
    return error.message
  }
  return undefined
}

/**
 * The constraints in a certificate, if it has any.
 *
 * @throws {DerError} when they are malformed, see {@link parseNameConstraints}.
 */
export function findNameConstraints(certificate: CertificateFields): NameConstraints | undefined {
  const extension = certificate.extensions.find(({ oid }) => oid === nameConstraintsOid)
  return extension && parseNameConstraints(extension.value)
}

/**
 * The names of a certificate that constraints apply to: its subject, its subjectAltNames and, when it
 * has no e-mail address among them, those of its subject.
 *
 * @throws {DerError} when the subjectAltName extension is malformed.
 */
export function namesOf(certificate: CertificateFields): AnyGeneralName[] {
  const extension = certificate.extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  const alternatives = extension === undefined ? [] : parseAnyGeneralNames(extension.value)
  const { subject } = certificate
  const directory: AnyGeneralName[] = isEmptyName(subject)
    ? []
    : [{ kind: 'directory', name: subject }]
  const addresses = subject.attributes.filter(({ type }) => type === emailAddress)
  const emails = alternatives.some(({ kind }) => kind === 'email')
    ? []
    : addresses.map(({ value }): AnyGeneralName => ({ kind: 'email', text: value }))
  return [...directory, ...alternatives, ...emails]
}

function groupByKind(
  names: readonly AnyGeneralName[],
): ReadonlyMap<AnyGeneralName['kind'], readonly AnyGeneralName[]> {
  return Map.groupBy(names, ({ kind }) => kind)
}

function describe(name: AnyGeneralName): string {
  if ('text' in name) return `name ${JSON.stringify(name.text)}`
  if (name.kind === 'ip') return `address ${formatIpAddress(name.octets)}`
  return name.kind === 'directory' ? `name ${formatName(name.name)}` : `a name of kind ${name.kind}`
}

/** The object identifier of the extension. */
export const nameConstraintsOid = '2.5.29.30'

const emailAddress = '1.2.840.113549.1.9.1'

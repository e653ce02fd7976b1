import type { CertificateFields } from './certificate.ts'
import type { Extension } from './extensions.ts'
import { encodeGeneralNames, type GeneralName } from './general-name.ts'
import {
  type AnyGeneralName,
  parseAnyGeneralNames,
  readAnyGeneralName,
} from './internal/any-general-name.ts'
import { constructed, DerError, DerReader, primitive, tags } from './internal/der.ts'
import { formatIpAddress } from './internal/ip-address.ts'
import { extensionOids } from './internal/oids.ts'
import { type DistinguishedName, formatName, isEmptyName } from './name.ts'
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
      const exclusion = denied.get(name.kind)?.find(isIn('excluded'))
      if (exclusion !== undefined) {
        return `${describe(name)} is excluded by ${describeSubtree(exclusion)}`
      }
      const permissions = allowed.get(name.kind)
      if (permissions?.some(isIn('permitted')) === false) {
        return `${describe(name)} is not permitted, only ${describeSubtrees(permissions)}`
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

/** Whose names are judged: a certificate, or what one is about to be made of. */
export interface NameHolder {
  readonly subject: DistinguishedName
  readonly subjectAltNames: readonly (GeneralName | AnyGeneralName)[]
  /** A subjectAltName extension among them counts in place of `subjectAltNames`. */
  readonly extensions?: readonly Extension[]
}

/**
 * The names that constraints apply to: the subject, the subjectAltNames and, when there is no e-mail address among
 * them, those of the subject. A common name is none of them, whatever it looks like, as in Go.
 *
 * @throws {DerError} when the subjectAltName extension is malformed.
 * @throws {ProfileError} `name_invalid` for a name that no certificate can hold.
 */
export function namesOf({
  subject,
  subjectAltNames,
  extensions = [],
}: NameHolder): AnyGeneralName[] {
  const extension = extensions.find(({ oid }) => oid === extensionOids.subjectAltName)
  const alternatives =
    extension === undefined
      ? subjectAltNames.flatMap(toAnyGeneralNames)
      : parseAnyGeneralNames(extension.value)
  const directory: AnyGeneralName[] = isEmptyName(subject)
    ? []
    : [{ kind: 'directory', name: subject }]
  const addresses = subject.attributes.filter(({ type }) => type === emailAddress)
  const emails = alternatives.some(({ kind }) => kind === 'email')
    ? []
    : addresses.map(({ value }): AnyGeneralName => ({ kind: 'email', text: value }))
  return [...directory, ...alternatives, ...emails]
}

function toAnyGeneralNames(name: GeneralName | AnyGeneralName): AnyGeneralName[] {
  return 'kind' in name ? [name] : parseAnyGeneralNames(encodeGeneralNames([name]))
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

/** A few of them, which is enough to see what was meant. */
function describeSubtrees(subtrees: readonly AnyGeneralName[]): string {
  const shown = subtrees.slice(0, 5).map(describeSubtree)
  const rest = subtrees.length - shown.length
  return shown.join(', ') + (rest === 0 ? '' : ` and ${rest} more`)
}

function describeSubtree(subtree: AnyGeneralName): string {
  if ('text' in subtree) return `${subtree.kind} ${JSON.stringify(subtree.text)}`
  if (subtree.kind === 'ip') return `range ${formatRange(subtree.octets)}`
  return subtree.kind === 'directory' ? `names in ${formatName(subtree.name)}` : subtree.kind
}

/** An address and its mask (RFC 5280 §4.2.1.10), as `10.0.0.0/8`; what has no such form in hexadecimal digits. */
function formatRange(octets: Uint8Array): string {
  const size = octets.length / 2
  const address = formatIpAddress(octets.subarray(0, size))
  const bits = Array.from(octets.subarray(size), (octet) => octet.toString(2).padStart(8, '0'))
  const length = /^(1*)0*$/.exec(bits.join(''))?.[1]?.length
  return address === undefined || length === undefined
    ? Buffer.from(octets).toString('hex')
    : `${address}/${length}`
}

/** The object identifier of the extension. */
export const nameConstraintsOid = '2.5.29.30'

const emailAddress = '1.2.840.113549.1.9.1'

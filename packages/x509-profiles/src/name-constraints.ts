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

/** What stops a certificate below: the name, and why. */
export interface NameFault {
  readonly message: string
}

/**
 * The first fault of `names` under the constraints: excluded names come before those that are not
 * permitted. `spend` is called for each comparison and may throw.
 */
export function findNameFault(
  { permitted, excluded }: NameConstraints,
  names: readonly AnyGeneralName[],
  spend: () => void,
): NameFault | undefined {
  const isInOne = (
    name: AnyGeneralName,
    subtrees: readonly AnyGeneralName[],
    list: 'permitted' | 'excluded',
  ): boolean => {
    return subtrees.some((subtree) => {
      spend()
      return isInSubtree(name, subtree, list)
    })
  }
  try {
    for (const name of names) {
      const [allow, deny] = [permitted, excluded].map((list) => {
        return list.filter(({ kind }) => kind === name.kind)
      })
      if (isInOne(name, deny ?? [], 'excluded')) return { message: `${describe(name)} is excluded` }
      if (allow?.length && !isInOne(name, allow, 'permitted')) {
        return { message: `${describe(name)} is not permitted` }
      }
    }
  } catch (error) {
    if (!(error instanceof UnfitNameError)) throw error
    return { message: error.message }
  }
  return undefined
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

function describe(name: AnyGeneralName): string {
  if ('text' in name) return `name ${JSON.stringify(name.text)}`
  if (name.kind === 'ip') return `address ${formatIpAddress(name.octets)}`
  return name.kind === 'directory' ? `name ${formatName(name.name)}` : `a name of kind ${name.kind}`
}

const emailAddress = '1.2.840.113549.1.9.1'

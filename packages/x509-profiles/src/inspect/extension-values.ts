import { readAnyGeneralName, readAnyGeneralNames } from '../internal/any-general-name.ts'
import { constructed, DerError, DerReader, tags } from '../internal/der.ts'
import { decodeString } from '../internal/strings.ts'

/** One PolicyInformation (RFC 5280 §4.2.1.4). */
export interface CertificatePolicy {
  readonly oid: string
  readonly practiceStatements: readonly string[]
  readonly userNotices: readonly UserNotice[]
}

/** A UserNotice qualifier. */
interface UserNotice {
  readonly explicitText?: string
  readonly reference?: { readonly organization: string; readonly numbers: readonly number[] }
}

/** Where the issuer's OCSP responder and certificate are (RFC 5280 §4.2.2.1). */
export interface AuthorityInfoAccess {
  readonly ocsp: readonly string[]
  readonly caIssuers: readonly string[]
}

/** Reads certificatePolicies; qualifiers of other kinds are left out. Throws {@link DerError}. */
export function parseCertificatePolicies(value: Uint8Array): CertificatePolicy[] {
  return readList(value).map((policy) => {
    const oid = policy.readOid()
    const practiceStatements: string[] = []
    const userNotices: UserNotice[] = []
    for (const qualifier of policy.isAtEnd ? [] : readItems(policy.enter(tags.sequence))) {
      const type = qualifier.readOid()
      if (type === practiceStatementOid) practiceStatements.push(readDisplayText(qualifier))
      else if (type === userNoticeOid) userNotices.push(readUserNotice(qualifier))
    }
    return { oid, practiceStatements, userNotices }
  })
}

/** Reads cRLDistributionPoints (RFC 5280 §4.2.1.13): the URIs of all points. Throws {@link DerError}. */
export function parseCrlUris(value: Uint8Array): string[] {
  return readList(value).flatMap((point) => {
    const fullName = point.enterOptional(constructed(0))?.enterOptional(constructed(0))
    const names = fullName === undefined ? [] : readAnyGeneralNames(fullName)
    return names.flatMap((name) => (name.kind === 'uri' ? [name.text] : []))
  })
}

/** Reads authorityInfoAccess; methods and names of other kinds are left out. Throws {@link DerError}. */
export function parseAuthorityInfoAccess(value: Uint8Array): AuthorityInfoAccess {
  const uris = readList(value).flatMap((description) => {
    const method = description.readOid()
    const location = readAnyGeneralName(description)
    return location.kind === 'uri' ? [{ method, uri: location.text }] : []
  })
  const urisOf = (oid: string): string[] => {
    return uris.filter(({ method }) => method === oid).map(({ uri }) => uri)
  }
  return { ocsp: urisOf('1.3.6.1.5.5.7.48.1'), caIssuers: urisOf('1.3.6.1.5.5.7.48.2') }
}

/** Reads a value that is one string and nothing else. Throws {@link DerError}. */
export function parseText(value: Uint8Array): string {
  return readDisplayText(new DerReader(value))
}

function readUserNotice(reader: DerReader): UserNotice {
  const notice = reader.enter(tags.sequence)
  const reference = notice.enterOptional(tags.sequence)
  return {
    ...(reference && { reference: readNoticeReference(reference) }),
    ...(!notice.isAtEnd && { explicitText: readDisplayText(notice) }),
  }
}

function readNoticeReference(reader: DerReader): { organization: string; numbers: number[] } {
  const organization = readDisplayText(reader)
  const list = reader.enter(tags.sequence)
  const numbers: number[] = []
  while (!list.isAtEnd) numbers.push(list.readSmallInteger())
  return { organization, numbers }
}

function readDisplayText(reader: DerReader): string {
  const { tag, contents } = reader.readElement()
  const text = decodeString(tag === visibleString ? tags.ia5String : tag, contents)
  if (text === undefined) throw new DerError('a text is no string')
  return text
}

/** The SEQUENCEs in the one SEQUENCE that `value` is. */
function readList(value: Uint8Array): DerReader[] {
  const reader = new DerReader(value)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  return readItems(sequence)
}

function readItems(sequence: DerReader): DerReader[] {
  const items: DerReader[] = []
  while (!sequence.isAtEnd) items.push(sequence.enter(tags.sequence))
  return items
}

const practiceStatementOid = '1.3.6.1.5.5.7.2.1'
const userNoticeOid = '1.3.6.1.5.5.7.2.2'
const visibleString = 0x1a

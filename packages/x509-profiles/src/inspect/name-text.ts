import { showText } from '../internal/show-text.ts'
import type { DistinguishedName } from '../name.ts'

/** Writes a Name as step's text form does, `O=Demo,CN=Demo Root CA`: in encoded order, nothing escaped. */
export function formatNameForText(name: DistinguishedName): string {
  const parts = name.attributes.map(({ type, value }) => {
    return `${textLabels.get(type) ?? type}=${showText(value)}`
  })
  return parts.join(',')
}

/** Writes a Name as step's JSON form does: `O=Demo, CN=Demo Root CA`. */
export function formatNameForJson(name: DistinguishedName): string {
  const parts = name.attributes.map(({ type, value }) => `${jsonLabels.get(type) ?? type}=${value}`)
  return parts.join(', ')
}

/** Gathers the values of a Name by kind, in step's order of kinds; kinds without a member are left out. */
export function nameToJson(name: DistinguishedName): Record<string, string[]> {
  const members: Record<string, string[]> = {}
  for (const [type, member] of jsonMembers) {
    const values = name.attributes.filter((attribute) => attribute.type === type)
    if (values.length > 0) members[member] = values.map(({ value }) => value)
  }
  return members
}

/** Attribute types (X.520, RFC 4519, RFC 2985) by the labels of step's text form. */
const textLabels: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.17', 'POSTALCODE'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
])

const jsonLabels: ReadonlyMap<string, string> = new Map([
  ...textLabels,
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.9', 'street'],
  ['2.5.4.12', 'title'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdictionLocality'],
  ['1.3.6.1.4.1.311.60.2.1.2', 'jurisdictionStateOrProvince'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionCountry'],
])

const jsonMembers: readonly (readonly [type: string, member: string])[] = [
  ['2.5.4.3', 'common_name'],
  ['2.5.4.5', 'serial_number'],
  ['2.5.4.6', 'country'],
  ['2.5.4.7', 'locality'],
  ['2.5.4.8', 'province'],
  ['2.5.4.9', 'street_address'],
  ['2.5.4.10', 'organization'],
  ['2.5.4.11', 'organizational_unit'],
  ['2.5.4.17', 'postal_code'],
  ['0.9.2342.19200300.100.1.25', 'domain_component'],
  ['1.2.840.113549.1.9.1', 'email_address'],
  ['2.5.4.42', 'given_name'],
  ['2.5.4.4', 'surname'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdiction_country'],
  ['1.3.6.1.4.1.311.60.2.1.1', 'jurisdiction_locality'],
  ['1.3.6.1.4.1.311.60.2.1.2', 'jurisdiction_province'],
]

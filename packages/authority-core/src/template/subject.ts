import {
  createNameOf,
  type DistinguishedName,
  type NameAttribute,
  parseName,
} from '@mayfly/x509-profiles'
import type { SubjectTemplate } from '../config/ca-configuration.ts'
import { AuthorityError } from '../errors.ts'
import {
  DocumentMembers,
  readItems,
  readObjectIdentifier,
  readText,
  readTexts,
} from './document-members.ts'
import type { JsonNode } from './json-document.ts'

/** A name as a template writes it: the attributes that have a member, and any others. */
export interface SubjectFields {
  readonly values: Readonly<Partial<Record<AttributeMember, readonly string[]>>>
  /** One RelativeDistinguishedName each, behind the others. */
  readonly extraNames: readonly NameAttribute[]
}

/** Reads a name: a text is the commonName alone. Throws `template_result_malformed`. */
export function readSubject(node: JsonNode, path: string): SubjectFields {
  if (node.type === 'string') return { values: { commonName: [node.value] }, extraNames: [] }
  const members = new DocumentMembers(node, path)
  const values: Partial<Record<AttributeMember, readonly string[]>> = {}
  for (const { member, isSingle } of attributes) {
    const read = isSingle ? readSingle : readTexts
    const found = members.read(member, read)
    if (found !== undefined) values[member] = found
  }
  return { values, extraNames: members.read('extraNames', readExtraNames) ?? [] }
}

/**
 * Writes a name with the attributes in step's order, each with several values in one RelativeDistinguishedName.
 * `defaults` fill what has no value; an extra name takes the place of all values of its type.
 *
 * @throws {ProfileError} `name_invalid`.
 */
export function createSubject(
  { values, extraNames }: SubjectFields,
  defaults: SubjectTemplate = {},
): DistinguishedName {
  const replaced = new Set(extraNames.map(({ type }) => type))
  const relativeNames = attributes.flatMap(({ member, type, isSingle }) => {
    const given = (values[member] ?? []).filter((value) => !isSingle || value !== '')
    const chosen = given.length > 0 ? given : defaultOf(member, defaults)
    return chosen.length === 0 || replaced.has(type)
      ? []
      : [chosen.map((value) => ({ type, value }))]
  })
  return createNameOf([...relativeNames, ...extraNames.map((attribute) => [attribute])])
}

/** The DER of a Name as it is. Throws `name_invalid` when it is none. */
export function createRawSubject(der: Uint8Array): DistinguishedName {
  return parseName(der)
}

function defaultOf(member: AttributeMember, defaults: SubjectTemplate): readonly string[] {
  const value = member === 'postalCode' ? undefined : defaults[member]
  return value === undefined || value === '' ? [] : [value]
}

function readSingle(node: JsonNode, path: string): readonly string[] {
  return [readText(node, path)]
}

function readExtraNames(node: JsonNode, path: string): readonly NameAttribute[] {
  return readItems(node, path).map((item) => {
    const members = new DocumentMembers(item, path)
    const type = members.read('type', readObjectIdentifier) ?? ''
    const value = members.find('value')
    if (value?.type !== 'string') {
      throw new AuthorityError('template_failed', 'the template’s result cannot be issued', {
        detail: `${path}: attribute ${type} is no text`,
      })
    }
    return { type, value: value.value }
  })
}

type AttributeMember = (typeof attributes)[number]['member']

/** In the order in which step writes them (X.520). */
const attributes = [
  { member: 'country', type: '2.5.4.6', isSingle: false },
  { member: 'province', type: '2.5.4.8', isSingle: false },
  { member: 'locality', type: '2.5.4.7', isSingle: false },
  { member: 'streetAddress', type: '2.5.4.9', isSingle: false },
  { member: 'postalCode', type: '2.5.4.17', isSingle: false },
  { member: 'organization', type: '2.5.4.10', isSingle: false },
  { member: 'organizationalUnit', type: '2.5.4.11', isSingle: false },
  { member: 'commonName', type: '2.5.4.3', isSingle: true },
  { member: 'serialNumber', type: '2.5.4.5', isSingle: true },
] as const

import {
  createList,
  createStruct,
  type TemplateField,
  type TemplateStruct,
} from '@mayfly/go-template'
import type { NameAttribute } from '@mayfly/x509-profiles'

/** A name as templates see it: its attributes by kind, and those without a kind as `ExtraNames`. */
export function describeSubject(
  type: string,
  attributes: readonly NameAttribute[],
): TemplateStruct {
  const extra = attributes.filter((attribute) => !knownTypes.has(attribute.type))
  return createStruct({
    type,
    fields: [
      ...kinds.map((kind): TemplateField => {
        const values = attributes
          .filter((attribute) => attribute.type === kind.type)
          .map(({ value }) => value)
        const value =
          'isSingle' in kind
            ? (values.at(-1) ?? '')
            : createList('x509util.MultiString', values.length === 0 ? undefined : values)
        return { name: kind.name, value, json: { name: kind.json, omitEmpty: true } }
      }),
      {
        name: 'ExtraNames',
        value: createList(
          '[]x509util.DistinguishedName',
          extra.length === 0 ? undefined : extra.map(describeAttribute),
        ),
        json: { name: 'extraNames', omitEmpty: true },
      },
    ],
  })
}

function describeAttribute({ type, value }: NameAttribute): TemplateStruct {
  return createStruct({
    type: 'x509util.DistinguishedName',
    fields: [
      { name: 'Type', value: type, json: { name: 'type' } },
      { name: 'Value', value, json: { name: 'value' } },
    ],
  })
}

/** In the order of step's type. */
const kinds = [
  { name: 'Country', json: 'country', type: '2.5.4.6' },
  { name: 'Organization', json: 'organization', type: '2.5.4.10' },
  { name: 'OrganizationalUnit', json: 'organizationalUnit', type: '2.5.4.11' },
  { name: 'Locality', json: 'locality', type: '2.5.4.7' },
  { name: 'Province', json: 'province', type: '2.5.4.8' },
  { name: 'StreetAddress', json: 'streetAddress', type: '2.5.4.9' },
  { name: 'PostalCode', json: 'postalCode', type: '2.5.4.17' },
  { name: 'SerialNumber', json: 'serialNumber', type: '2.5.4.5', isSingle: true },
  { name: 'CommonName', json: 'commonName', type: '2.5.4.3', isSingle: true },
] as const

const knownTypes: ReadonlySet<string> = new Set(kinds.map(({ type }) => type))

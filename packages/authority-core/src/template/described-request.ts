import {
  createList,
  createStruct,
  type TemplateField,
  type TemplateStruct,
  type TemplateValue,
} from '@mayfly/go-template'
import {
  type CertificationRequest,
  type Extension,
  type GeneralNameType,
  requestedUsagesOf,
} from '@mayfly/x509-profiles'
import { describePublicKey } from './described-key.ts'
import { describeSubject } from './described-subject.ts'
import { extendedKeyUsageNames, keyUsageNames } from './key-purposes.ts'

/** What templates see of a certification request. */
export type DescribedRequest = Pick<
  CertificationRequest,
  'subject' | 'subjectAltNames' | 'extensions' | 'subjectPublicKeyInfo' | 'signature'
>

/** A certification request as templates see it, `.Insecure.CR`. */
export function describeRequest(request: DescribedRequest): TemplateStruct {
  const { subject, extensions, signature } = request
  const field = (name: string, json: string, value: TemplateValue): TemplateField => ({
    name,
    value,
    json: { name: json },
  })
  return createStruct({
    type: '*x509util.CertificateRequest',
    fields: [
      field('Version', 'version', 0n),
      field('Subject', 'subject', describeSubject('x509util.Subject', subject.attributes)),
      field('RawSubject', 'rawSubject', subject.der),
      field('DNSNames', 'dnsNames', namesOf(request, 'dns')),
      field('EmailAddresses', 'emailAddresses', namesOf(request, 'email')),
      field('IPAddresses', 'ipAddresses', namesOf(request, 'ip')),
      field('URIs', 'uris', namesOf(request, 'uri')),
      field('SANs', 'sans', createList('[]x509util.SubjectAlternativeName', undefined)),
      field('Extensions', 'extensions', describeExtensions(extensions)),
      ...describeUsages(request),
      field('SignatureAlgorithm', 'signatureAlgorithm', ''),
      ...describePublicKey(request),
      { name: 'Signature', value: signature, json: false },
    ],
  })
}

/** What the request would like to be for, by the names that a template's result has; nil where it does not say. */
function describeUsages(request: DescribedRequest): readonly TemplateField[] {
  const { keyUsage, extendedKeyUsages, basicConstraints } = requestedUsagesOf(request)
  const known = extendedKeyUsages?.map((oid) => extendedKeyUsageNames.get(oid))
  const unknown = extendedKeyUsages?.filter((oid) => !extendedKeyUsageNames.has(oid))
  const constraints =
    basicConstraints &&
    createStruct({
      type: '*x509util.BasicConstraints',
      fields: [
        { name: 'IsCA', value: basicConstraints.isCa, json: { name: 'isCA' } },
        {
          name: 'MaxPathLen',
          value: BigInt(basicConstraints.pathLength ?? -1),
          json: { name: 'maxPathLen' },
        },
      ],
    })
  return [
    {
      name: 'KeyUsage',
      value: keyUsage?.map((usage) => keyUsageNames[usage]),
      json: { name: 'keyUsage' },
    },
    {
      name: 'ExtKeyUsage',
      value: known?.filter((name) => name !== undefined),
      json: { name: 'extKeyUsage' },
    },
    { name: 'UnknownExtKeyUsage', value: unknown, json: { name: 'unknownExtKeyUsage' } },
    { name: 'BasicConstraints', value: constraints, json: { name: 'basicConstraints' } },
  ]
}

/** Names of one kind as a list of texts; nil when there is none. */
export function namesOf(
  { subjectAltNames }: Pick<CertificationRequest, 'subjectAltNames'>,
  type: GeneralNameType,
): TemplateValue {
  const values = subjectAltNames.filter((name) => name.type === type).map(({ value }) => value)
  return createList(listTypes[type], values.length === 0 ? undefined : values)
}

export function describeExtensions(extensions: readonly Extension[]): TemplateValue {
  const described = extensions.map(({ oid, critical, value }) =>
    createStruct({
      type: 'x509util.Extension',
      fields: [
        { name: 'ID', value: oid, json: { name: 'id' } },
        { name: 'Critical', value: critical, json: { name: 'critical' } },
        { name: 'Value', value, json: { name: 'value' } },
      ],
    }),
  )
  return createList('[]x509util.Extension', described.length === 0 ? undefined : described)
}

const listTypes: Readonly<Record<GeneralNameType, string>> = {
  dns: 'x509util.MultiString',
  email: 'x509util.MultiString',
  ip: 'x509util.MultiIP',
  uri: 'x509util.MultiURL',
}

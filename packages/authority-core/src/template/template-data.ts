import {
  createList,
  createStruct,
  type TemplateStruct,
  type TemplateValue,
} from '@mayfly/go-template'
import {
  type Certificate,
  type DistinguishedName,
  guessGeneralName,
  parseIpAddress,
} from '@mayfly/x509-profiles'
import { isJsonObject, type JsonObject } from '../config/json.ts'
import { AuthorityError } from '../errors.ts'
import { guessType } from './alternative-names.ts'
import { describeCertificate } from './described-certificate.ts'
import { type DescribedRequest, describeRequest } from './described-request.ts'
import { describeSubject } from './described-subject.ts'
import { normalizeUri } from './uri.ts'

/** What a template is evaluated over. */
export interface TemplateInput {
  readonly certificationRequest: DescribedRequest
  /** `.Subject`: a name, or the common name of one; without it there is none. */
  readonly subject?: DistinguishedName | string
  /** Names whose kinds are guessed; without them there is no `.SANs`. */
  readonly names?: readonly string[]
  /** All claims of the token, as `.Token`. */
  readonly token?: JsonObject
  /** What came with the request, as `.Insecure.User`: anybody may have chosen it. Absent when nothing came. */
  readonly userData?: unknown
  /** The credential that a token was signed with, as `.AuthorizationCrt`. */
  readonly authorizationCertificate?: Certificate
}

/**
 * Lays `templateData` over what is known, but for `.Insecure`, which nothing takes the place of.
 *
 * @throws {AuthorityError} `template_failed` when data nest more than 100 deep.
 */
export function createTemplateData(input: TemplateInput, templateData: JsonObject): TemplateValue {
  const { subject, names, token, certificationRequest, authorizationCertificate } = input
  return {
    ...(subject === undefined ? {} : { Subject: createSubject(subject) }),
    ...(names === undefined ? {} : { SANs: createSans(names) }),
    ...(token === undefined ? {} : { Token: importJson(token) }),
    ...(authorizationCertificate === undefined
      ? {}
      : { AuthorizationCrt: describeCertificate(authorizationCertificate) }),
    ...importMembers(templateData),
    Insecure: {
      CR: describeRequest(certificationRequest),
      // What is no object counts as an empty one, as with step.
      ...(input.userData === undefined
        ? {}
        : { User: isJsonObject(input.userData) ? importJson(input.userData) : {} }),
    },
  }
}

function createSubject(subject: DistinguishedName | string): TemplateStruct {
  return describeSubject(
    'x509util.Subject',
    typeof subject === 'string' ? [{ type: '2.5.4.3', value: subject }] : subject.attributes,
  )
}

/** The names in step's order of their kinds, which is not that of a certificate. */
function createSans(names: readonly string[]): TemplateValue {
  const typed = names.filter((name) => name !== '').map((name) => ({ type: guessType(name), name }))
  const sans = sanOrder.flatMap((wanted) =>
    typed
      .filter(({ type }) => type === wanted)
      .map(({ type, name }) => createSan(type, canonicalText(type, name))),
  )
  return createList('[]x509util.SubjectAlternativeName', sans)
}

function canonicalText(type: string, name: string): string {
  if (type === 'ip') return guessGeneralName(name).value
  return type === 'uri' ? (normalizeUri(name) ?? name) : name
}

function createSan(type: 'dns' | 'email' | 'ip' | 'uri', value: string): TemplateStruct {
  return createStruct({
    type: 'x509util.SubjectAlternativeName',
    // Without the methods, which stand among the fields here.
    text: `{${type} ${value} []}`,
    fields: [
      { name: 'Type', value: type, json: { name: 'type' } },
      { name: 'Value', value, json: { name: 'value' } },
      {
        name: 'ASN1Value',
        value: createList('json.RawMessage', undefined),
        json: { name: 'asn1Value', omitEmpty: true },
      },
      { name: 'RawValue', value: createRawValue(type, value), json: false },
    ],
  })
}

/** Go's view of the name as an element of ASN.1. */
function createRawValue(type: keyof typeof tagNumbers, value: string): TemplateStruct {
  const octets = type === 'ip' ? addressOctets(value) : new TextEncoder().encode(value)
  return createStruct({
    type: 'asn1.RawValue',
    fields: [
      { name: 'Class', value: 2n },
      { name: 'Tag', value: BigInt(tagNumbers[type]) },
      { name: 'IsCompound', value: false },
      { name: 'Bytes', value: octets },
      { name: 'FullBytes', value: new Uint8Array() },
    ],
  })
}

function addressOctets(text: string): Uint8Array {
  return parseIpAddress(text) ?? new Uint8Array()
}

function importMembers(object: JsonObject): { readonly [name: string]: TemplateValue } {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, importJson(value)]),
  )
}

/** Numbers stay float64, as Go has them from JSON. */
function importJson(value: unknown, depth = maximumDepth): TemplateValue {
  if (depth === 0) {
    throw new AuthorityError('template_failed', 'the template’s data nest too deep', {
      detail: `more than ${maximumDepth} levels`,
    })
  }
  if (value === null || value === undefined) return undefined
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
    return value
  }
  if (Array.isArray(value)) return value.map((item: unknown) => importJson(item, depth - 1))
  if (!isJsonObject(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, importJson(item, depth - 1)]),
  )
}

const sanOrder = ['dns', 'ip', 'email', 'uri'] as const

/** RFC 5280 §4.2.1.6. */
const tagNumbers = { email: 1, dns: 2, uri: 6, ip: 7 } as const

const maximumDepth = 100

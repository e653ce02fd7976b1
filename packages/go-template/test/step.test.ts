import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createStruct, parseTemplate, type TemplateValue } from '@mayfly/go-template'
import { describe, expect, test } from 'vitest'
import { ambient, errorOf } from './support/execute.ts'

const { MAYFLY_VECTORS, CI } = process.env
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const file = resolve(repository, MAYFLY_VECTORS ?? '../shared/vectors', 'templates.json')
const isMissing = !existsSync(file)
if (isMissing && CI !== undefined && CI !== '') throw new Error(`templates.json is not at ${file}`)

interface Vector {
  readonly name: string
  readonly category: string
  readonly template?: string
  readonly templateData?: Record<string, TemplateValue>
  readonly token: { readonly sub: string; readonly sans?: readonly string[] }
  readonly request: { readonly templateData?: TemplateValue }
  readonly expect: {
    readonly status: number
    readonly log?: string
    readonly certificate?: { readonly subject: readonly { readonly value: string }[][] }
  }
}

const vectors: readonly Vector[] = isMissing
  ? []
  : (JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }).vectors

// What needs the request, the issuer or ASN.1 is judged where certificates are made.
const elsewhere = /Insecure\.CR|Authorization|genCA|asn1|RawValue|rawSubject/
const judged = vectors.filter(({ template }) => template !== undefined && !elsewhere.test(template))

const order = ['dns', 'ip', 'email', 'uri']

function dataOf({ token, request, templateData }: Vector): TemplateValue {
  const names = [...(token.sans ?? [token.sub])].sort(
    (left, right) => order.indexOf(typeOf(left)) - order.indexOf(typeOf(right)),
  )
  const user =
    Array.isArray(request.templateData) || typeof request.templateData !== 'object'
      ? {}
      : request.templateData
  return {
    Subject: createStruct({
      type: 'x509util.Subject',
      fields: [
        { name: 'CommonName', value: token.sub, json: { name: 'commonName', omitEmpty: true } },
      ],
    }),
    SANs: names.map((value) =>
      createStruct({
        type: 'x509util.SubjectAlternativeName',
        fields: [
          { name: 'Type', value: typeOf(value), json: { name: 'type' } },
          { name: 'Value', value, json: { name: 'value' } },
        ],
      }),
    ),
    Token: { ...token, aud: 'https://ca.test/1.0/sign' } as unknown as TemplateValue,
    ...templateData,
    Insecure: { ...(request.templateData === undefined ? {} : { User: user }) },
  }
}

function typeOf(name: string): string {
  if (/^[\d.]+$/.test(name)) return 'ip'
  return name.includes('@') ? 'email' : name.startsWith('urn:') ? 'uri' : 'dns'
}

describe.skipIf(isMissing)('templates seen on step-ca', () => {
  test('are here', () => expect(judged.length).toBeGreaterThan(100))

  test.each(judged.filter(({ expect: { status } }) => status === 201))(
    '$name gives the common name that was seen',
    (vector) => {
      const output = parseTemplate(vector.template ?? '').execute(dataOf(vector), ambient)
      // What follows the first object is ignored.
      const request: unknown = JSON.parse(/^\s*\{.*\}|null/s.exec(output)?.[0] ?? output)
      const known = (vector.expect.certificate?.subject ?? []).flat().map(({ value }) => value)
      for (const value of known) {
        expect(JSON.stringify(request)).toContain(JSON.stringify(value).slice(1, -1))
      }
      const [only, ...others] = known
      const subject =
        typeof request === 'object' && request !== null && 'subject' in request
          ? request.subject
          : ''
      if (typeof subject === 'string' && others.length === 0) expect(subject).toBe(only ?? '')
    },
  )

  test.each(
    judged.filter(({ expect: { log } }) => /error (executing|parsing) template/.test(log ?? '')),
  )('$name fails with the words that were seen', (vector) => {
    const error = errorOf(() =>
      parseTemplate(vector.template ?? '').execute(dataOf(vector), ambient),
    )
    const seen = /(template: template:\d+(?::\d+: executing "template" at <.*>)?: )(.*)$/s.exec(
      vector.expect.log ?? '',
    )
    expect(error.message.startsWith(seen?.[1] ?? 'template')).toBe(true)
  })
})

import { createList, createStruct, parseTemplate, type TemplateValue } from '@mayfly/go-template'
import { describe, expect, test } from 'vitest'
import { ambient, errorOf, execute } from './support/execute.ts'

const subject = createStruct({
  type: 'x509util.Subject',
  fields: [
    { name: 'CommonName', value: 'web', json: { name: 'commonName', omitEmpty: true } },
    {
      name: 'Organization',
      value: createList('[]string', undefined),
      json: { name: 'organization', omitEmpty: true },
    },
    { name: 'Serial', value: 7n },
    { name: 'Hidden', value: 'x', json: false },
  ],
})

describe('structs', () => {
  test.each([
    ['{{ .CommonName }}', 'web'],
    ['{{ . }}', '{web [] 7 x}'],
    ['{{ printf "%+v" . }}', '{CommonName:web Organization:[] Serial:7 Hidden:x}'],
    ['{{ toJson . }}', '{"commonName":"web","Serial":7}'],
    ['{{ toJson .Organization }}', 'null'],
    [
      '{{ typeOf . }} {{ kindOf . }} {{ typeOf .Organization }}',
      'x509util.Subject struct []string',
    ],
  ])('%s', (template, output) => {
    expect(execute(template, subject)).toBe(output)
  })

  test('have no other fields, in whatever case', () => {
    for (const field of ['commonName', 'constructor', '__proto__', 'fields', 'toString']) {
      expect(errorOf(() => execute(`{{ .${field} }}`, subject)).code).toBe('template_failed')
    }
  })

  test('pointers print what they point at, or their own text', () => {
    const key = createStruct({ type: '*rsa.PublicKey', fields: [{ name: 'E', value: 65537n }] })
    expect(execute('{{ . }} {{ printf "%v" . }} {{ kindOf . }} {{ .E }}', key)).toBe(
      '{65537} &{65537} ptr 65537',
    )
    const number = createStruct({ type: '*big.Int', fields: [], text: '424242' })
    expect(execute('{{ . }} {{ list . }}', number)).toBe('424242 [424242]')
  })
})

describe('data', () => {
  test('of records is reached by own properties only', () => {
    const data = JSON.parse('{"__proto__": "own", "a": {}}') as { [name: string]: TemplateValue }
    expect(
      execute(
        '{{ .__proto__ }}|{{ .constructor }}|{{ .a.__proto__ }}|{{ .a.toString }}|{{ index . "hasOwnProperty" }}',
        data,
      ),
    ).toBe('own|<no value>|<no value>|<no value>|<no value>')
    expect(
      execute(
        '{{ range $k, $v := . }}{{ $k }} {{ end }}{{ toJson . }}',
        Object.create({ inherited: 1 }),
      ),
    ).toBe('{}')
  })

  test('is not changed by what a template sets', () => {
    const data = { map: { a: 1n } }
    expect(execute('{{ $_ := set .map "a" 2 }}{{ $_ := set .map "b" 3 }}{{ .map }}', data)).toBe(
      'map[a:2 b:3]',
    )
    expect(data).toEqual({ map: { a: 1n } })
  })

  test('has octets and times', () => {
    const data = { octets: Uint8Array.of(1, 255), at: new Date('2026-01-02T03:04:05.678Z') }
    expect(execute('{{ .octets }} {{ toJson .octets }} {{ .at }} {{ .at.Year }}', data)).toBe(
      '[1 255] "Af8=" 2026-01-02 03:04:05.678 +0000 UTC 2026',
    )
  })

  test('escapes half a character for a query, too', () => {
    expect(execute('{{ urlquery (trimSuffix "\\x80" "\\U00010080") }}')).toBe('%EF%BF%BD')
  })

  test('keeps octets that are no UTF-8 until the output', () => {
    expect(execute('{{ b64dec "/+nDqQ==" | b64enc }} {{ b64dec "/w==" }}')).toBe('/+nDqQ== \ufffd')
  })
})

describe('functions of the caller', () => {
  const functions = new Map([
    [
      'pair',
      (values: readonly TemplateValue[]): TemplateValue => ({ left: values[0], right: values[1] }),
    ],
    [
      'broken',
      (): TemplateValue => {
        throw new Error('no such pear')
      },
    ],
    ['upper', (): TemplateValue => 'mine'],
  ])

  test('get and give plain values, and come before those offered', () => {
    const template = parseTemplate('{{ (pair 1 (list "a" nil)).right }} {{ upper "x" }}', {
      functions,
    })
    expect(template.execute({}, ambient)).toBe('[a <nil>] mine')
  })

  test('fail as part of the template', () => {
    const error = errorOf(() =>
      parseTemplate('{{ broken }}', { functions, name: 'mine' }).execute({}, ambient),
    )
    expect(error.code).toBe('template_failed')
    expect(error.message).toBe(
      'template: mine:1:3: executing "mine" at <broken>: error calling broken: no such pear',
    )
    expect(error.cause).toBeInstanceOf(Error)
  })
})

test('groups of a pattern are those that it names, and none that objects inherit', () => {
  const replacement = '[$' + '{constructor}$__proto__$x$1$01$9$$]'
  const replaced = `{{ regexReplaceAll "(?P<x>b)" "abc" "${replacement}" }}`
  expect(execute(replaced)).toBe('a[bb$]c')
})

test('a version has no numbers beyond uint64', () => {
  expect(execute('{{ (semver "18446744073709551615.0.0").Major }}')).toBe('18446744073709551615')
  const beyond = '{{ semver "18446744073709551616.0.0" }}'
  expect(errorOf(() => execute(beyond)).code).toBe('template_failed')
})

test('fail says what the template says', () => {
  const error = errorOf(() => execute('{{ fail "not for you" }}'))
  expect([error.code, error.message]).toEqual(['template_fail_called', 'not for you'])
})

test('what reaches outside is unknown when the template is loaded', () => {
  for (const name of [
    'env',
    'expandenv',
    'getHostByName',
    'genCA',
    'bcrypt',
    'constructor',
    '__proto__',
  ]) {
    const error = errorOf(() => parseTemplate(`{{ if false }}{{ ${name} "x" }}{{ end }}`))
    expect(error.code).toBe('template_function_unknown')
    expect(error.message).toContain(`"${name}"`)
  }
})

test("clock, chance and zone are the caller's", () => {
  expect(execute('{{ now }} {{ randNumeric 5 }} {{ uuidv4 }}')).toBe(
    execute('{{ now }} {{ randNumeric 5 }} {{ uuidv4 }}'),
  )
  const template = parseTemplate('{{ now | date "15:04 MST" }}')
  expect(template.execute({}, { ...ambient, timeZone: 'Europe/Oslo' })).toBe('04:04 CET')
  expect(execute('{{ encryptAES "k" "hello" | decryptAES "k" }}')).toBe('hello')
})

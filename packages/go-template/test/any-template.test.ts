import { readFileSync } from 'node:fs'
import {
  listFunctions,
  parseTemplate,
  TemplateError,
  type TemplateValue,
} from '@mayfly/go-template'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ambient } from './support/execute.ts'

const { MAYFLY_TEST_LONG } = process.env
const numRuns = MAYFLY_TEST_LONG === undefined ? 300 : 20_000
const data = { s: 'héllo', n: 3, l: ['a', 1, undefined], m: { k: 'v' }, t: true }
const { cases } = JSON.parse(readFileSync(new URL('vectors/go.json', import.meta.url), 'utf8')) as {
  cases: readonly { template: string }[]
}

/** Runs a template that may be refused, with few steps; nothing else may be thrown. */
function survives(text: string): void {
  try {
    const result = parseTemplate(text).execute(data, {
      ...ambient,
      ceilings: { steps: 5_000, textLength: 20_000 },
    })
    expect(result.isWellFormed()).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError)
  }
}

const operand = fc.oneof(
  fc.constantFrom(
    '.s',
    '.n',
    '.l',
    '.m',
    '.t',
    '.m.k',
    '.',
    '$',
    'nil',
    '(list 1 "a")',
    '(dict "a" 1)',
    '(until 3)',
    'now',
  ),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value)),
  fc.string({ maxLength: 8 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('"%5.3d|%v|%[2]*q"', '"2006-01-02"', '"^a(b*)$"', '"-1.5h"', '"Europe/Oslo"'),
)
const call = fc
  .tuple(fc.constantFrom(...listFunctions()), fc.array(operand, { maxLength: 4 }))
  .map(([name, operands]) => [name, ...operands].join(' '))
const action = fc
  .tuple(
    call,
    fc.array(fc.constantFrom('upper', 'toJson', 'len', 'quote', 'join ","', 'printf "%v"'), {
      maxLength: 2,
    }),
  )
  .map((parts) => `{{ ${parts.flat().join(' | ')} }}`)
const template = fc
  .array(
    fc.oneof(
      action,
      fc.constantFrom(
        '{{ if .t }}',
        '{{ range $i, $e := .l }}',
        '{{ with .m }}',
        '{{ else }}',
        '{{ end }}',
        '{{- ',
        ' -}}',
        '{{ break }}',
        '{{ $x := 1 }}',
        '{{ define "t" }}',
        '{{ template "t" . }}',
        'text',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('no template throws anything but TemplateError', () => {
  fc.assert(fc.property(template, survives), { numRuns })
})

test('no call of a function does, whatever its arguments', () => {
  fc.assert(fc.property(action, survives), { numRuns: numRuns * 4 })
})

test('nor does a damaged template', () => {
  const texts = cases.map((known) => known.template).filter((text) => text !== '')
  const damaged = fc.tuple(
    fc.constantFrom(...texts),
    fc.nat(),
    fc.nat({ max: 3 }),
    fc.string({ maxLength: 3 }),
  )
  fc.assert(
    fc.property(damaged, ([text, at, cut, by]) => {
      const position = at % text.length
      survives(text.slice(0, position) + by + text.slice(position + cut))
    }),
    { numRuns: numRuns * 2 },
  )
})

test('text without actions comes out as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.includes('{{'))
      expect(parseTemplate(text).execute({}, ambient)).toBe(text)
    }),
  )
})

test('what toJson writes, fromJson and JSON read back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const execute = (text: string) =>
        JSON.parse(parseTemplate(text).execute({ value: value as TemplateValue }, ambient))
      expect(execute('{{ toJson .value }}')).toEqual(value)
      expect(execute('{{ .value | toJson | fromJson | toRawJson }}')).toEqual(value)
    }),
  )
})

test("quote and unquote are each other's inverse", () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const quoted = parseTemplate('{{ printf "%q" . }}').execute(text, ambient)
      expect(parseTemplate(`{{ ${quoted} }}`).execute({}, ambient)).toBe(text)
    }),
  )
})

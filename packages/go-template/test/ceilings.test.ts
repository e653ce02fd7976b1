import { createList, createStruct, defaultCeilings, parseTemplate } from '@mayfly/go-template'
import { describe, expect, test } from 'vitest'
import { ambient, errorOf, execute } from './support/execute.ts'

const doubled = '{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}'
const cycle = '{{ $d := dict }}{{ $_ := set $d "d" $d }}'

describe('a ceiling ends', () => {
  test.each([
    ['a repeated text', '{{ repeat 1000000000 "x" }}'],
    ['loops in loops', '{{ range until 9000 }}{{ range until 9000 }}{{ end }}{{ end }}'],
    ['a loop over an int', '{{ range 9223372036854775807 }}{{ end }}'],
    [
      'a template that calls itself',
      '{{ define "r" }}{{ template "r" }}{{ end }}{{ template "r" }}',
    ],
    ['wide fields', '{{ $x := printf "%999999d" 1 }}{{ printf "%s%s" $x $x }}'],
    [
      'texts that double',
      '{{ $x := "x" }}{{ range until 100 }}{{ $x = printf "%s%s" $x $x }}{{ end }}',
    ],
    ['lists that double, printed', `${doubled}{{ $x }}`],
    ['lists that double, as JSON', `${doubled}{{ toJson $x }}`],
    ['lists that double, copied', `${doubled}{{ deepCopy $x }}`],
    [
      'lists that double, compared',
      `${doubled}{{ deepEqual $x (list $x) }}{{ has $x (list (deepCopy $x)) }}`,
    ],
    ['a map in itself, printed', `${cycle}{{ $d }}`],
    ['a map in itself, as JSON', `${cycle}{{ toJson $d }}`],
    ['a map in itself, merged', `${cycle}{{ merge $d $d }}`],
    ['long sequences', '{{ seq 100000000 }}'],
    ['long lists', '{{ untilStep 0 9223372036854775807 1 }}'],
    ['replacements that grow', '{{ replace "" (repeat 10000 "x") (repeat 10000 "y") }}'],
    ['deep indents', '{{ indent 100000 (repeat 10000 "\\n") }}'],
    ['searches of quadratic time', '{{ regexFindAll "a.*b|a" (repeat 20000 "a") -1 }}'],
    ['large random octets', '{{ randBytes 1000000000 }}'],
    ['nested JSON', '{{ fromJson (printf "%s%s" (repeat 5000 "[") (repeat 5000 "]")) }}'],
    ['many time zones', '{{ range until 9000 }}{{ dateInZone "MST" . "Europe/Oslo" }}{{ end }}'],
    ['quadratic uniq', '{{ uniq (until 20000) }}'],
    [
      'long texts of which little is printed',
      '{{ $l := list (repeat 300000 "é") }}{{ range until 11 }}{{ $l = concat $l $l }}{{ end }}{{ printf "%.1s" $l }}',
    ],
    [
      'one long text that is printed many times',
      '{{ printf (repeat 2000 "%.1[1]s") (repeat 300000 "é") }}',
    ],
    [
      'replacements of many empty groups',
      '{{ regexReplaceAll "a()" (repeat 300 "a") (repeat 150000 "$1") }}',
    ],
    [
      'patterns that grow when they are compiled',
      '{{ range until 20 }}{{ regexMatch (repeat 50 "((a{10}){10}){10}") "a" }}{{ end }}',
    ],
    [
      'long texts that are sorted',
      '{{ $l := list (printf "%sb" (repeat 60000 "é")) (printf "%sa" (repeat 60000 "é")) }}{{ range until 9 }}{{ $l = concat $l $l }}{{ end }}{{ sortAlpha $l | len }}',
    ],
    [
      'long texts that are compared',
      '{{ $l := list (printf "%sb" (repeat 60000 "é")) }}{{ $x := printf "%sa" (repeat 60000 "é") }}{{ range until 9 }}{{ $l = concat $l $l }}{{ end }}{{ has $x $l }}',
    ],
    ['long lists in JSON', '{{ fromJson (printf "[%s0]" (repeat 20000 "0,")) | len }}'],
  ])('%s', (_, template) => {
    expect(errorOf(() => execute(template)).code).toBe('template_ceiling')
  })

  test('long texts in a list for a function of the caller', () => {
    const grown =
      '{{ $l := list .text }}{{ range until 12 }}{{ $l = concat $l $l }}{{ end }}{{ take $l }}'
    const template = parseTemplate(grown, { functions: new Map([['take', () => 'taken']]) })
    for (const text of ['x'.repeat(300_000), new Uint8Array(300_000)]) {
      expect(errorOf(() => template.execute({ text }, ambient)).code).toBe('template_ceiling')
    }
    expect(template.execute({ text: 'x' }, ambient)).toBe('taken')
  })

  test('long octets that become texts', () => {
    const data = { octets: new Uint8Array(300_000) }
    const grown =
      '{{ $l := list .octets }}{{ range until 12 }}{{ $l = concat $l $l }}{{ end }}{{ toStrings $l | len }}'
    expect(errorOf(() => execute(grown, data)).code).toBe('template_ceiling')
  })

  test('output, told with its place', () => {
    const template = parseTemplate('{{ range until 9 }}12345{{ end }}')
    const error = errorOf(() =>
      template.execute({}, { ...ambient, ceilings: { outputOctets: 20 } }),
    )
    expect(error.code).toBe('template_ceiling')
    expect(error.message).toBe(
      'template: template:1:19: executing "template" at <"12345">: more than 20 octets of output',
    )
    expect(template.execute({}, { ...ambient, ceilings: { outputOctets: 45 } })).toHaveLength(45)
  })

  test.each(['(', '{{if 1}}'])('nesting %s while it is parsed', (opening) => {
    const text =
      opening === '(' ? `{{ ${'('.repeat(101)}1${')'.repeat(101)} }}` : '{{if 1}}'.repeat(101)
    expect(errorOf(() => parseTemplate(text)).code).toBe('template_ceiling')
  })

  test('data that is nested in itself, by itself or as part of a struct or list', () => {
    const data: Record<string, never> = {}
    Object.assign(data, { again: data })
    const fields = [{ name: 'Data', value: data }]
    for (const make of [
      () => execute('', data),
      () => createStruct({ type: 'x.Y', fields }),
      () => createStruct({ type: 'x.Y', fields: [], json: { value: data } }),
      () => createList('[]x.Y', [data]),
    ]) {
      expect(errorOf(make).code).toBe('template_ceiling')
    }
  })
})

test.each([
  ['a pattern with many repetitions', '{{ mustRegexMatch (repeat 250 "a{1000}") "a" }}'],
  [
    'a constraint on versions with many blanks',
    '{{ semverCompare (printf "%s!" (repeat 80 "1     ")) "1.0.0" }}',
  ],
  ['a URL with many colons', '{{ urlParse (printf "//%s\\u2028" (repeat 100000 ":")) }}'],
])('%s is refused at once', (_, template) => {
  expect(errorOf(() => execute(template)).code).toBe('template_failed')
})

test.each([
  ['set', '{{ $d := dict }}{{ range until 6 }}{{ $_ := set $d (print .) . }}{{ end }}'],
  ['dict', '{{ dict "a" 1 "b" 2 "c" 3 "d" 4 "e" 5 "f" 6 }}'],
  ['merge', '{{ $d := dict "a" 1 "b" 2 "c" 3 }}{{ merge $d (dict "d" 1 "e" 2 "f" 3) }}'],
  ['keys', '{{ $d := dict "a" 1 "b" 2 "c" 3 }}{{ keys $d $d }}'],
  ['pluck', '{{ $d := dict "a" 1 }}{{ pluck "a" $d $d $d $d $d $d }}'],
  ['fromJson', '{{ fromJson "[1,2,3,4,5,6]" }}'],
  ['regexSplit', '{{ regexSplit "," "1,2,3,4,5,6" -1 }}'],
])('no list or map that %s makes goes beyond its ceiling', (_, template) => {
  const limited = (listItems: number) => () =>
    parseTemplate(template).execute({}, { ...ambient, ceilings: { listItems } })
  expect(errorOf(limited(5)).code).toBe('template_ceiling')
  expect(limited(6)).not.toThrow()
})

test('each ceiling may be lowered for one execution', () => {
  const template = parseTemplate('{{ range until 5 }}{{ . }}{{ end }}')
  expect(template.execute({}, ambient)).toBe('01234')
  for (const ceilings of [{ steps: 10 }, { listItems: 4 }, { depth: 0 }, { outputOctets: 4 }]) {
    expect(errorOf(() => template.execute({}, { ...ambient, ceilings })).code).toBe(
      'template_ceiling',
    )
  }
  expect(defaultCeilings.steps).toBeGreaterThan(1000)
})

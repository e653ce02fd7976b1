import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorOf, execute } from './support/execute.ts'

interface Vectors {
  readonly source: string
  readonly data: Record<string, never>
  readonly cases: readonly { template: string; output?: string; error?: string }[]
}

const { source, data, cases } = JSON.parse(
  readFileSync(new URL('vectors/go.json', import.meta.url), 'utf8'),
) as Vectors

describe(`as ${source}`, () => {
  test.each(cases.filter(({ output }) => output !== undefined))(
    '$template',
    ({ template, output }) => {
      expect(execute(template, data)).toBe(output)
    },
  )

  test.each(cases.filter(({ error }) => error !== undefined))(
    'refuses $template',
    ({ template }) => {
      expect(errorOf(() => execute(template, data)).code).toMatch(
        /^template_(syntax|function_unknown|failed|fail_called|ceiling)$/,
      )
    },
  )
})

describe('errors say where, as Go does', () => {
  test.each([
    'line1\nline2 {{ upper 5 }}',
    '{{template "nope"}}',
    '{{ $x }}',
    '{{ index .l 9 }}',
    '{{ mod 7 0 }}',
    '{{ .s.x }}',
    '{{ lt 1 "a" }}',
    '{{ upper "a" "b" }}',
    '{{ add1 }}',
    '{{ mustToDate "2006-01-02" "2017-02-30" }}',
    '{{ until .n }}',
    '{{range .t}}x{{end}}',
    '{{ nil }}',
    '{{ nosuchfunc 1 }}',
    '{{ break }}',
  ])('%s', (template) => {
    const wanted = cases.find((known) => known.template === template)?.error
    expect(wanted).toBeDefined()
    expect(errorOf(() => execute(template, data)).message).toBe(wanted)
  })
})

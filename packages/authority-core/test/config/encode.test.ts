import { encodeCaConfiguration, parseCaConfiguration } from '@mayfly/authority-core/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('encodeCaConfiguration', () => {
  test('indents by tabs, one element a line, without a final newline', () => {
    const text = encodeCaConfiguration({
      dnsNames: ['a', 'b'],
      federatedRoots: null,
      tls: { minVersion: 1.2 },
    })
    expect(text).toBe(
      '{\n\t"dnsNames": [\n\t\t"a",\n\t\t"b"\n\t],\n\t"federatedRoots": null,\n\t"tls": {\n\t\t"minVersion": 1.2\n\t}\n}',
    )
  })

  test("escapes what Go's encoder escapes", () => {
    expect(encodeCaConfiguration({ a: '<&>\u2028' })).toBe(
      '{\n\t"a": "\\u003c\\u0026\\u003e\\u2028"\n}',
    )
  })

  test('keeps every document', () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }))
    fc.assert(
      fc.property(document, (value) => {
        expect(JSON.parse(encodeCaConfiguration(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('keeps members that nobody knows through reading and writing', () => {
    const text = encodeCaConfiguration({
      root: 'r',
      crt: 'c',
      key: 'k',
      address: ':443',
      authority: { provisioners: [], later: [1] },
      unknown: { deep: true },
    })
    expect(encodeCaConfiguration(parseCaConfiguration(text).raw)).toBe(text)
  })
})

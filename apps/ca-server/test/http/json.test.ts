import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeJson } from '../../src/http/json.ts'

describe('encodeJson', () => {
  test('escapes what Go escapes and ends with a line feed', () => {
    expect(encodeJson({ a: '<b>&\u2028\u2029é' })).toBe(
      '{"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029é"}\n',
    )
  })

  test('stays JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(encodeJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

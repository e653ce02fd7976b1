import { ConfigurationError, parseCaConfiguration } from '@mayfly/authority-core/config'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findJsonMistake } from '../../src/config/json-mistake.ts'

describe('a text that is not JSON', () => {
  test.each([
    ['', 'line 1, column 1: the text ends, a value is missing'],
    ['{\n  "a": 1', 'line 2, column 9: the text ends, "}" is missing'],
    ['{"a": [1, 2', 'line 1, column 12: the text ends, "]" is missing'],
    ['{"a"', 'line 1, column 5: the text ends, ":" is missing'],
    ['{"a": "b', 'line 1, column 9: the text ends, a closing quote is missing'],
    ['{\n\t"a": "b,\n\t"c": 1\n}', 'line 2, column 10: a closing quote is missing on this line'],
    ['{"a": "C:\\web"}', 'line 1, column 10: a backslash must be written as two'],
    ['{\n "a": 1,\n}', 'line 3, column 1: "," may not stand before "}"'],
    ['["a",]', 'line 1, column 6: "," may not stand before "]"'],
    ['{"a": 1\r\n"b": 2}', 'line 2, column 1: "," or "}" is missing'],
    ['[1 2]', 'line 1, column 4: "," or "]" is missing'],
    ['{"a" 1}', 'line 1, column 6: ":" is missing after the name'],
    ['{a: 1}', 'line 1, column 2: a name in double quotes is missing'],
    ['{"a": \'b\'}', 'line 1, column 7: a value is missing: text stands in double quotes'],
    ['{"a": :443}', 'line 1, column 7: a value is missing: text stands in double quotes'],
    ['{ // here', 'line 1, column 3: JSON has no comments'],
    ['{} {}', 'line 1, column 4: nothing may follow here'],
    ['[1}', 'line 1, column 3: "," or "]" is missing'],
  ])('%j has its mistake at %s', (text, mistake) => {
    expect(findJsonMistake(text)).toBe(mistake)
  })

  test('is refused with the file and the place', () => {
    const text = '{\n\t"root": "r",\n\t"crt": "c",\n}'
    const refused = () => parseCaConfiguration(text, { source: 'config/ca.json' })
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(
      /^config\/ca\.json is not JSON: line 4, column 1: "," may not stand before "}"$/,
    )
  })
})

test('a mistake is found where JSON.parse refuses, and nowhere else', () => {
  const damaged = fc
    .tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ maxLength: 2, unit: jsonCharacter() }))
    .map(([text, at, removed, inserted]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + inserted + text.slice(place + removed)
    })
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged), (text) => {
      expect(findJsonMistake(text) === undefined).toBe(isJson(text))
    }),
    { numRuns: 500 },
  )
})

test('a long and deep text is judged in time', () => {
  expect(findJsonMistake('['.repeat(100_000))).toMatch(/^line 1, column 100001:/)
  expect(findJsonMistake(`"${'a'.repeat(1_000_000)}`)).toMatch(/closing quote/)
})

function jsonCharacter(): fc.Arbitrary<string> {
  return fc.constantFrom(...'{}[]:,"\\/-+.eE01u tn\n\t\u0000\u007f\u2028é')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommandError } from '../../src/framework/errors.ts'
import { parseArguments } from '../../src/framework/parse-arguments.ts'

const definitions = {
  force: { type: 'boolean', aliases: ['f'], help: '' },
  revoke: { type: 'boolean', help: '' },
  san: { type: 'text', repeatable: true, help: '' },
  'ca-url': { type: 'text', help: '' },
  curve: { type: 'text', aliases: ['crv'], help: '' },
  pid: { type: 'integer', help: '' },
} as const

function parse(...words: string[]) {
  const { positional, given, help } = parseArguments(words, definitions, { maximum: 2 })
  return { positional, given: Object.fromEntries(given), help }
}

describe('parseArguments', () => {
  test.each([
    { words: ['--ca-url', 'x', 'a'], why: 'two dashes, separate' },
    { words: ['-ca-url', 'x', 'a'], why: 'one dash, separate' },
    { words: ['--ca-url=x', 'a'], why: 'two dashes, joined' },
    { words: ['-ca-url=x', 'a'], why: 'one dash, joined' },
    { words: ['a', '--ca-url', 'x'], why: 'behind the argument' },
    { words: ['--ca-url', 'y', 'a', '--ca-url', 'x'], why: 'given twice' },
  ])('reads a flag with a value: $why', ({ words }) => {
    const { positional, given } = parse(...words)
    expect(positional).toEqual(['a'])
    expect(given['ca-url']?.at(-1)).toBe('x')
  })

  test.each([
    { words: ['--force', 'a', 'b'], value: 'true' },
    { words: ['a', '-f', 'b'], value: 'true' },
    { words: ['a', 'b', '--force=true'], value: 'true' },
    { words: ['--force=1', 'a', 'b'], value: 'true' },
    { words: ['--force=t', 'a', 'b'], value: 'true' },
    { words: ['--force=false', 'a', 'b'], value: 'false' },
    { words: ['--force=0', 'a', 'b'], value: 'false' },
    { words: ['-f=F', 'a', 'b'], value: 'false' },
  ])('a boolean never takes the next word: $words', ({ words, value }) => {
    const { positional, given } = parse(...words)
    expect(positional).toEqual(['a', 'b'])
    expect(given.force).toEqual([value])
  })

  test('accepts a boolean before an argument and flags behind it', () => {
    expect(parse('--revoke', '123', '--ca-url', 'x')).toMatchObject({
      positional: ['123'],
      given: { revoke: ['true'], 'ca-url': ['x'] },
    })
  })

  test('gathers a repeated flag in order and leaves commas alone', () => {
    expect(parse('--san', 'a', '--san=b,c').given.san).toEqual(['a', 'b,c'])
  })

  test('takes a value that looks like a flag, as a negative duration does', () => {
    expect(parse('--ca-url', '-5m').given['ca-url']).toEqual(['-5m'])
  })

  test('ends flags at -- and takes - for an argument', () => {
    expect(parse('-', '--', '--force').positional).toEqual(['-', '--force'])
  })

  test('knows a flag by its aliases', () => {
    expect(parse('--crv', 'P-384').given.curve).toEqual(['P-384'])
  })

  test.each(['--help', '-h', '-help', '--h'])('asks for help by %s, wherever it stands', (word) => {
    expect(parse('a', word, 'b').help).toBe(true)
  })

  test.each([
    { words: ['--bogus', 'a'], message: 'flag provided but not defined: -bogus' },
    { words: ['-bogus=1'], message: 'flag provided but not defined: -bogus' },
    { words: ['a', '--bogus'], message: 'flag provided but not defined: -bogus' },
    { words: ['a', '--ca-url'], message: 'flag needs an argument: -ca-url' },
    { words: ['--force=foo'], message: 'invalid boolean value "foo" for -force: parse error' },
    { words: ['-f=foo'], message: 'invalid boolean value "foo" for -f: parse error' },
    { words: ['--pid', 'abc'], message: 'invalid value "abc" for flag -pid: parse error' },
  ])('refuses $words', ({ words, message }) => {
    expect(() => parse(...words)).toThrow(
      expect.objectContaining({ name: 'CommandError', code: 'usage_incorrect', message }),
    )
  })

  test('takes an unknown flag behind the arguments as one too many', () => {
    expect(parse('a', 'b', '--bogus').positional).toEqual(['a', 'b', '--bogus'])
  })

  test('throws nothing but its own error, whatever the words are', () => {
    const word = fc.oneof(
      fc.constantFrom('--', '-', '--force', '-f', '--san', '--pid=', '--=', '-=x', '--crv=1'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(word), (words) => {
        try {
          parse(...words)
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError)
        }
      }),
    )
  })

  test('keeps every word behind -- as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(parse('--', ...words).positional).toEqual(words)
      }),
    )
  })
})

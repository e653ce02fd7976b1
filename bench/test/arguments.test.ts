import { describe, expect, test } from 'vitest'
import { parseArguments } from '../src/arguments.ts'

describe('parseArguments', () => {
  test('takes several databases and numbers of instances, together or apart', () => {
    const argv = ['--db', 'sqlite,mysql', '--db', 'none', '--instances', '1,2', '--count', '10']
    expect(parseArguments(argv)).toMatchObject({
      databases: ['sqlite', 'mysql', 'none'],
      instances: [1, 2],
      rows: [0],
      count: 10,
    })
  })

  test('returns nothing when help is asked for', () => {
    expect(parseArguments(['--help'])).toBeUndefined()
  })

  test.each([
    { argv: ['--db', 'oracle'], words: '--db oracle: write sqlite, none, mysql, postgresql' },
    { argv: ['--instances', '3'], words: '--instances 3: write a whole number from 1 to 2' },
    { argv: ['--count', '1e3'], words: '--count 1e3: write a whole number' },
    { argv: ['--rows', '-1'], words: '--rows' },
    { argv: ['--fast'], words: "Unknown option '--fast'" },
  ])('refuses $argv', ({ argv, words }) => {
    expect(() => parseArguments(argv)).toThrow(TypeError)
    expect(() => parseArguments(argv)).toThrow(words)
  })
})

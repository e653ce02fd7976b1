import { describe, expect, test } from 'vitest'
import { parseCommandLine } from '../../src/command/command-line.ts'

const nothing = {
  kind: 'serve',
  configurationPath: undefined,
  passwordFile: undefined,
  pidFile: undefined,
  isQuiet: false,
  discardHistory: false,
}

describe('parseCommandLine', () => {
  test.each([
    { words: [], expected: nothing },
    { words: ['ca.json'], expected: { ...nothing, configurationPath: 'ca.json' } },
    {
      words: ['ca.json', '--password-file', 'pw'],
      expected: { ...nothing, configurationPath: 'ca.json', passwordFile: 'pw' },
    },
    {
      words: ['-password-file=a=b', '--quiet', 'ca.json'],
      expected: { ...nothing, configurationPath: 'ca.json', passwordFile: 'a=b', isQuiet: true },
    },
    { words: ['--quiet=false'], expected: nothing },
    { words: ['--quiet', '--quiet=0'], expected: nothing },
    { words: ['--pidfile', '-x'], expected: { ...nothing, pidFile: '-x' } },
    { words: ['--discard-history'], expected: { ...nothing, discardHistory: true } },
    { words: ['--', '--quiet'], expected: { ...nothing, configurationPath: '--quiet' } },
    { words: ['--password-file='], expected: { ...nothing, passwordFile: '' } },
    { words: ['-v'], expected: { kind: 'version' } },
    { words: ['version', 'x'], expected: { kind: 'version' } },
    { words: ['--help=false', '--version'], expected: { kind: 'version' } },
    { words: ['x', '-h'], expected: { kind: 'help', topic: undefined } },
    { words: ['help', 'version'], expected: { kind: 'help', topic: 'version' } },
  ])('$words', ({ words, expected }) => {
    expect(parseCommandLine(words)).toEqual(expected)
  })

  test.each([
    { words: ['--nope'], message: 'flag provided but not defined: -nope', showsHelp: true },
    {
      words: ['--acme-http-port=80'],
      message: 'flag provided but not defined: -acme-http-port',
      showsHelp: true,
    },
    {
      words: ['--password-file'],
      message: 'flag needs an argument: -password-file',
      showsHelp: true,
    },
    {
      words: ['--quiet=maybe'],
      message: 'invalid boolean value "maybe" for -quiet: parse error',
      showsHelp: true,
    },
    {
      words: ['a', 'b'],
      message:
        "too many positional arguments were provided in 'mayfly-ca <config> [--password-file=<file>]'",
      showsHelp: false,
    },
    {
      words: ['--context', 'x'],
      message:
        'contexts are not offered yet: name the configuration file, as in mayfly-ca <config>',
      showsHelp: false,
    },
  ])('$words is a mistake', ({ words, message, showsHelp }) => {
    expect(parseCommandLine(words)).toEqual({ kind: 'mistake', message, showsHelp })
  })
})

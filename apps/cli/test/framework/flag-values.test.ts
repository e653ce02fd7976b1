import { describe, expect, test } from 'vitest'
import { findGivenFlags, resolveFlagValues } from '../../src/framework/flag-values.ts'

const definitions = {
  'ca-url': { type: 'text', help: '' },
  force: { type: 'boolean', aliases: ['f'], environment: 'F', help: '' },
  mtls: { type: 'boolean', whenAbsent: true, help: '' },
  dns: { type: 'text', repeatable: true, help: '' },
  signal: { type: 'integer', help: '' },
  root: { type: 'text', environment: false, help: '' },
} as const

function resolve({
  given = {},
  environment = {},
  defaults = {},
}: {
  given?: Record<string, string[]>
  environment?: Record<string, string>
  defaults?: Record<string, unknown>
}) {
  return resolveFlagValues(definitions, {
    given: new Map(Object.entries(given)),
    environment,
    defaults,
  })
}

describe('resolveFlagValues', () => {
  const everywhere = {
    given: { 'ca-url': ['line'] },
    environment: { MAYFLY_CA_URL: 'mayfly', STEP_CA_URL: 'step' },
    defaults: { 'ca-url': 'defaults' },
  }
  const { given: _given, ...withoutLine } = everywhere

  test.each([
    { from: 'the command line', sources: everywhere, value: 'line' },
    { from: 'MAYFLY_…', sources: withoutLine, value: 'mayfly' },
    {
      from: 'STEP_…',
      sources: { ...withoutLine, environment: { STEP_CA_URL: 'step' } },
      value: 'step',
    },
    { from: 'defaults.json', sources: { defaults: everywhere.defaults }, value: 'defaults' },
    { from: 'nowhere', sources: {}, value: undefined },
  ])('takes the value from $from before what comes later', ({ sources, value }) => {
    expect(resolve(sources)['ca-url']).toBe(value)
  })

  test('lets an empty variable hide the default', () => {
    expect(
      resolve({ environment: { STEP_CA_URL: '' }, defaults: { 'ca-url': 'x' } })['ca-url'],
    ).toBeUndefined()
  })

  test('reads force from STEP_F, not from STEP_FORCE', () => {
    expect(resolve({ environment: { STEP_F: '1' } }).force).toBe(true)
    expect(resolve({ environment: { STEP_FORCE: '1' } }).force).toBe(false)
  })

  test('reads neither variable nor default for a flag that has none', () => {
    expect(
      resolve({ environment: { STEP_ROOT: 'x' }, defaults: { root: 'x' } }).root,
    ).toBeUndefined()
  })

  test.each([
    { value: true, flag: 'force', wanted: true },
    { value: 'true', flag: 'force', wanted: true },
    { value: 9, flag: 'signal', wanted: 9 },
    { value: '9', flag: 'signal', wanted: 9 },
    { value: ['a', 'b'], flag: 'ca-url', wanted: '[a b]' },
    { value: null, flag: 'ca-url', wanted: undefined },
    { value: { toString: 1 }, flag: 'ca-url', wanted: '{"toString":1}' },
    {
      value: [{ toString: 1, valueOf: 1 }],
      flag: 'ca-url',
      wanted: '[{"toString":1,"valueOf":1}]',
    },
  ])('reads $value of defaults.json for $flag', ({ value, flag, wanted }) => {
    expect(resolve({ defaults: { [flag]: value } })[flag]).toBe(wanted)
  })

  test('a flag that is on by default can be switched off', () => {
    expect(resolve({}).mtls).toBe(true)
    expect(resolve({ given: { mtls: ['false'] } }).mtls).toBe(false)
  })

  test('splits a variable at commas for a repeatable flag', () => {
    expect(resolve({ environment: { STEP_DNS: 'a, b' } }).dns).toEqual(['a', 'b'])
  })

  test.each([
    { environment: { STEP_F: 'maybe' }, message: "invalid value 'maybe' for flag '--force'" },
    { environment: { STEP_SIGNAL: 'HUP' }, message: "invalid value 'HUP' for flag '--signal'" },
  ])('refuses $environment', ({ environment, message }) => {
    expect(() => resolve({ environment: { ...environment } as Record<string, string> })).toThrow(
      expect.objectContaining({ code: 'flag_invalid', message }),
    )
  })
})

describe('findGivenFlags', () => {
  test('counts empty values of the command line and of the environment', () => {
    const given = new Map([
      ['ca-url', ['']],
      ['mtls', ['false']],
    ])
    const environment = { STEP_F: '', STEP_ROOT: 'x' }
    expect(findGivenFlags(definitions, { given, environment })).toEqual(
      new Set(['ca-url', 'force', 'mtls']),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTime, parseTimeOrDuration } from '../src/index.ts'
import { DerError, DerReader, encodeElement, encodeSequence, tags } from '../src/internal/der.ts'
import { encodeValidity, readValidity } from '../src/validity.ts'
import { codeOf } from './support/refusals.ts'

const now = new Date('2026-11-23T09:19:35Z')

describe('parseTimeOrDuration', () => {
  test.each([
    ['2026-11-23T09:19:35Z', '2026-11-23T09:19:35.000Z'],
    ['2026-11-23T10:19:35.5+01:00', '2026-11-23T09:19:35.500Z'],
    ['2024-02-29t00:00:00z', '2024-02-29T00:00:00.000Z'],
    ['24h', '2026-11-24T09:19:35.000Z'],
    ['-90s', '2026-11-23T09:18:05.000Z'],
    ['0', '2026-11-23T09:19:35.000Z'],
  ])('reads %s as %s', (text, expected) => {
    expect(parseTimeOrDuration(text, now).toISOString()).toBe(expected)
  })

  test.each(['', 'tomorrow', '2026-11-23', '2026-02-30T00:00:00Z', '2026-11-23T24:00:00Z', '1d'])(
    'refuses %j',
    (text) => {
      expect(codeOf(() => parseTimeOrDuration(text, now))).toBe('validity_invalid')
    },
  )

  test('finds no time in a duration', () => {
    expect(parseTime('24h')).toBeUndefined()
  })
})

describe('encodeValidity', () => {
  test('writes UTCTime up to 2049 and GeneralizedTime from 2050 on', () => {
    const der = encodeValidity({
      notBefore: new Date('2049-12-31T23:59:59.999Z'),
      notAfter: new Date('2050-01-01T00:00:00Z'),
    })
    expect(Buffer.from(der).toString('latin1')).toContain('491231235959Z')
    expect(Buffer.from(der).toString('latin1')).toContain('20500101000000Z')
  })

  test('reads back what it writes, without parts of a second', () => {
    const time = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(time, time, (notBefore, notAfter) => {
        const read = readValidity(new DerReader(encodeValidity({ notBefore, notAfter })))
        expect(read.notBefore.getTime()).toBe(Math.floor(notBefore.getTime() / 1000) * 1000)
        expect(read.notAfter.getTime()).toBe(Math.floor(notAfter.getTime() / 1000) * 1000)
      }),
    )
  })

  test.each([new Date(Number.NaN), new Date('+010000-01-01T00:00:00Z')])(
    'refuses %s',
    (notAfter) => {
      expect(codeOf(() => encodeValidity({ notBefore: now, notAfter }))).toBe('validity_invalid')
    },
  )
})

describe('readValidity', () => {
  test.each([
    { tag: tags.utcTime, text: '2611230919Z', why: 'without seconds' },
    { tag: tags.utcTime, text: '261123091935+0100', why: 'with an offset' },
    { tag: tags.utcTime, text: '260230000000Z', why: 'on the 30th of February' },
    { tag: tags.utcTime, text: '261123240000Z', why: 'at hour 24' },
    { tag: tags.utcTime, text: '261123235960Z', why: 'at second 60' },
    { tag: tags.utcTime, text: '', why: 'that is empty' },
    { tag: tags.generalizedTime, text: '20261123091935Z', why: 'in the wrong form for 2026' },
    { tag: tags.generalizedTime, text: '20501123091935.5Z', why: 'with parts of a second' },
    { tag: tags.ia5String, text: '261123091935Z', why: 'that is no time' },
  ])('refuses a time $why', ({ tag, text }) => {
    const time = encodeElement(tag, Buffer.from(text))
    expect(() => readValidity(new DerReader(encodeSequence(time, time)))).toThrow(DerError)
  })
})

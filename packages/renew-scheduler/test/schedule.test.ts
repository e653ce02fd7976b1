import { isRenewalDue, renewalDelayMilliseconds } from '@mayfly/renew-scheduler'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const issued = new Date('2026-11-23T08:00:00Z')

/** Octets that draw the least, the middle and the most. */
const draws = {
  least: (length: number) => new Uint8Array(length),
  middle: (length: number) => new Uint8Array(length).fill(0x80, length - 1),
  most: (length: number) => new Uint8Array(length).fill(0xff),
}

function validityOf(lifetime: number) {
  return { notBefore: issued, notAfter: after(lifetime) }
}

function after(milliseconds: number): Date {
  return new Date(issued.getTime() + milliseconds)
}

const lifetimes = fc.integer({ min: minute, max: 3653 * day })
const fractions = fc.double({ min: 0, max: 1, noNaN: true })
const octets = fc.uint8Array({ minLength: 6, maxLength: 6 })

describe('renewalDelayMilliseconds', () => {
  test.each([
    { name: 'a day, least jitter', lifetime: day, draw: draws.least, delay: 16 * hour },
    { name: 'a day, middle', lifetime: day, draw: draws.middle, delay: 16 * hour - 36 * minute },
    { name: 'a day, most', lifetime: day, draw: draws.most, delay: 16 * hour - 72 * minute },
    { name: 'a minute, least', lifetime: minute, draw: draws.least, delay: 40_000 },
    { name: 'a minute, most', lifetime: minute, draw: draws.most, delay: 37_000 },
  ])('a fresh certificate of $name', ({ lifetime, draw, delay }) => {
    const actual = renewalDelayMilliseconds({
      validity: validityOf(lifetime),
      now: issued,
      random: draw,
    })
    expect(actual).toBe(delay)
  })

  test('by default renews between 61.7 % and 66.7 % of any lifetime', () => {
    fc.assert(
      fc.property(lifetimes, octets, (lifetime, drawn) => {
        const delay = renewalDelayMilliseconds({
          validity: validityOf(lifetime),
          now: issued,
          random: () => drawn,
        })
        expect(delay).toBeGreaterThanOrEqual(Math.floor((lifetime * 37) / 60))
        expect(delay).toBeLessThanOrEqual((lifetime * 2) / 3)
      }),
    )
  })

  test('never waits beyond the end, nor into the past, whatever is asked', () => {
    const wish = fc.option(fc.integer({ min: -day, max: 4000 * day }), { nil: undefined })
    fc.assert(
      fc.property(
        lifetimes,
        fractions,
        wish,
        wish,
        octets,
        (lifetime, age, expiresInMilliseconds, renewPeriodMilliseconds, drawn) => {
          const delay = renewalDelayMilliseconds({
            validity: validityOf(lifetime),
            now: after(Math.floor(lifetime * age)),
            expiresInMilliseconds,
            renewPeriodMilliseconds,
            random: () => drawn,
          })
          expect(Number.isInteger(delay)).toBe(true)
          expect(delay).toBeGreaterThanOrEqual(0)
          expect(delay).toBeLessThanOrEqual(lifetime - Math.floor(lifetime * age))
        },
      ),
    )
  })

  test('renews at once what has ended', () => {
    fc.assert(
      fc.property(
        lifetimes,
        fc.integer({ min: 0, max: 365 * day }),
        octets,
        (lifetime, late, drawn) => {
          const plan = {
            validity: validityOf(lifetime),
            now: after(lifetime + late),
            random: () => drawn,
          }
          expect(renewalDelayMilliseconds(plan)).toBe(0)
          expect(renewalDelayMilliseconds({ ...plan, renewPeriodMilliseconds: hour })).toBe(0)
        },
      ),
    )
  })

  test.each([
    {
      why: 'a later time is asked for',
      age: 0,
      expiresIn: hour,
      draw: draws.least,
      delay: 23 * hour,
    },
    {
      why: 'the time asked for is past',
      age: 20 * hour,
      expiresIn: 5 * hour,
      draw: draws.least,
      delay: 0,
    },
    { why: 'it is just now', age: 19 * hour, expiresIn: 5 * hour, draw: draws.most, delay: 0 },
    {
      why: 'less than the jitter is left before it, which is then all drawn from',
      age: 18 * hour,
      expiresIn: 5 * hour,
      draw: draws.middle,
      delay: 30 * minute,
    },
  ])('with expiresIn: $why', ({ age, expiresIn, draw, delay }) => {
    expect(
      renewalDelayMilliseconds({
        validity: validityOf(day),
        now: after(age),
        expiresInMilliseconds: expiresIn,
        random: draw,
      }),
    ).toBe(delay)
  })

  test.each([
    { age: 0, period: 8 * hour, delay: 8 * hour },
    { age: 15 * hour, period: 8 * hour, delay: 8 * hour },
    { age: 16 * hour, period: 8 * hour, delay: 0 },
    { age: 23 * hour, period: 8 * hour, delay: 0 },
  ])('with a period of $period at age $age waits $delay', ({ age, period, delay }) => {
    expect(
      renewalDelayMilliseconds({
        validity: validityOf(day),
        now: after(age),
        renewPeriodMilliseconds: period,
        random: draws.most,
      }),
    ).toBe(delay)
  })
})

describe('isRenewalDue', () => {
  const notAfter = after(day)

  test.each([
    { remaining: 5 * hour, draw: draws.least, due: true },
    { remaining: 5 * hour + 1, draw: draws.least, due: false },
    { remaining: 5 * hour + 14 * minute, draw: draws.most, due: true },
    { remaining: 5 * hour + 15 * minute, draw: draws.most, due: false },
    { remaining: 0, draw: draws.least, due: true },
    { remaining: -hour, draw: draws.least, due: true },
  ])('with 5 h asked and $remaining ms left: $due', ({ remaining, draw, due }) => {
    expect(
      isRenewalDue({
        notAfter,
        now: new Date(notAfter.getTime() - remaining),
        expiresInMilliseconds: 5 * hour,
        random: draw,
      }),
    ).toEqual({ due, remainingMilliseconds: remaining })
  })

  test('is true within what is asked and false beyond a twentieth more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 400 * day }),
        fc.integer({ min: 0, max: 500 * day }),
        octets,
        (expiresInMilliseconds, remaining, drawn) => {
          const { due } = isRenewalDue({
            notAfter,
            now: new Date(notAfter.getTime() - remaining),
            expiresInMilliseconds,
            random: () => drawn,
          })
          if (remaining <= expiresInMilliseconds) expect(due).toBe(true)
          if (remaining >= expiresInMilliseconds * 1.05) expect(due).toBe(false)
        },
      ),
    )
  })
})

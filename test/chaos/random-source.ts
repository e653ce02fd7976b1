/** Chance that can be had again: the same seed, the same draws. */
export interface RandomSource {
  /** From 0 up to but not `below`. */
  integer(below: number): number
  /** From `least` to `most`. */
  between(least: number, most: number): number
  pick<T>(values: readonly T[]): T
  /** Whether something happens that does so once in `times`. */
  once(times: number): boolean
}

/** Mulberry32: enough to choose faults and wishes by. */
export function createRandomSource(seed: number): RandomSource {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number): number => Math.floor(next() * below)
  return {
    integer,
    between: (least, most) => least + next() * (most - least),
    pick: (values) => {
      const value = values[integer(values.length)]
      if (value === undefined) throw new RangeError('nothing to pick from')
      return value
    },
    once: (times) => integer(times) === 0,
  }
}

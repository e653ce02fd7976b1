import type { Budget } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import {
  any,
  define,
  defineVariadic,
  dictionary,
  type FunctionDefinition,
  string,
} from '../function.ts'
import { compareText } from '../text.ts'
import { Dictionary, Slice, stringSlice, typeName, type Value } from '../values.ts'
import { isEmpty } from './equality.ts'
import { textOfValue } from './text-of-value.ts'

/** Sprig's functions on maps; `set`, `unset` and the merges change the map they get. Keys come in order. */
export const dicts: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['deepCopy', define([any], ([value], { budget }) => deepCopy(value, budget))],
  ['dict', defineVariadic([], any, (_, values, { budget }) => createDictionary(values, budget))],
  ['dig', defineVariadic([], any, (_, values) => dig(values))],
  [
    'get',
    define([dictionary, string], ([map, key]) =>
      map.entries.has(key) ? map.entries.get(key) : '',
    ),
  ],
  ['hasKey', define([dictionary, string], ([map, key]) => map.entries.has(key))],
  [
    'keys',
    defineVariadic([], dictionary, (_, maps, { budget }) => {
      budget.spendItems(maps.reduce((sum, map) => sum + map.entries.size, 0))
      return stringSlice(maps.flatMap((map) => [...map.entries.keys()].sort(compareText)))
    }),
  ],
  ['merge', mergeFunction({ overwrites: false })],
  ['mergeOverwrite', mergeFunction({ overwrites: true })],
  ['mustDeepCopy', define([any], ([value], { budget }) => deepCopy(value, budget))],
  ['mustMerge', mergeFunction({ overwrites: false })],
  ['mustMergeOverwrite', mergeFunction({ overwrites: true })],
  [
    'omit',
    defineVariadic([dictionary], string, ([map], names) =>
      filterEntries(map, (name) => !names.includes(name)),
    ),
  ],
  [
    'pick',
    defineVariadic([dictionary], string, ([map], names) =>
      filterEntries(map, (name) => names.includes(name)),
    ),
  ],
  [
    'pluck',
    defineVariadic([string], dictionary, ([key], maps, { budget }) => {
      const holders = maps.filter((map) => map.entries.has(key))
      budget.spendItems(holders.length)
      return new Slice(holders.map((map) => map.entries.get(key)))
    }),
  ],
  [
    'set',
    define([dictionary, string, any], ([map, key, value], { budget }) =>
      setEntry(map, key, value, budget),
    ),
  ],
  ['unset', define([dictionary, string], ([map, key]) => unsetEntry(map, key))],
  [
    'values',
    define(
      [dictionary],
      ([map]) =>
        new Slice(
          [...map.entries]
            .sort(([left], [right]) => compareText(left, right))
            .map(([, value]) => value),
        ),
    ),
  ],
])

function createDictionary(values: readonly Value[], budget: Budget): Dictionary {
  budget.spendItems(Math.ceil(values.length / 2))
  const entries = new Map<string, Value>()
  for (let index = 0; index < values.length; index += 2) {
    entries.set(
      textOfValue(values[index], budget),
      index + 1 < values.length ? values[index + 1] : '',
    )
  }
  return new Dictionary(entries)
}

function setEntry(map: Dictionary, key: string, value: Value, budget: Budget): Dictionary {
  map.entries.set(key, value)
  budget.checkItems(map.entries.size)
  return map
}

function unsetEntry(map: Dictionary, key: string): Dictionary {
  map.entries.delete(key)
  return map
}

function filterEntries(map: Dictionary, keeps: (name: string) => boolean): Dictionary {
  return new Dictionary(new Map([...map.entries].filter(([name]) => keeps(name))))
}

function dig(values: readonly Value[]): Value {
  if (values.length < 3) throw new Refusal('dig needs at least three arguments')
  const keys = values.slice(0, -2)
  const otherwise = values.at(-2)
  let at: Value = values.at(-1)
  for (const key of keys) {
    if (!(at instanceof Dictionary) || at.type !== 'map[string]interface {}') {
      throw new Refusal(
        `interface conversion: interface {} is ${typeName(at)}, not map[string]interface {}`,
      )
    }
    if (typeof key !== 'string') {
      throw new Refusal(`interface conversion: interface {} is ${typeName(key)}, not string`)
    }
    if (!at.entries.has(key)) return otherwise
    at = at.entries.get(key)
  }
  return at
}

function mergeFunction(options: { readonly overwrites: boolean }): FunctionDefinition {
  return defineVariadic([dictionary], dictionary, ([target], sources, { budget }) => {
    for (const source of sources) mergeInto(target, source, options.overwrites, budget)
    return target
  })
}

/** Fills what `target` has not, or has empty; with `overwrites` takes all that `source` has. Maps are merged. */
function mergeInto(
  target: Dictionary,
  source: Dictionary,
  overwrites: boolean,
  budget: Budget,
): void {
  budget.nest(() => {
    for (const [name, value] of [...source.entries]) {
      budget.spend(1)
      const current = target.entries.get(name)
      const isFree = !target.entries.has(name) || isEmpty(current)
      if (value instanceof Dictionary && current instanceof Dictionary && !isFree) {
        mergeInto(current, value, overwrites, budget)
      } else if (value === undefined) {
        if (overwrites) target.entries.set(name, value)
      } else if (isFree || overwrites) target.entries.set(name, value)
    }
    budget.checkItems(target.entries.size)
  })
}

function deepCopy(value: Value, budget: Budget): Value {
  budget.spend(1)
  if (value instanceof Slice) {
    return budget.nest(
      () =>
        new Slice(
          value.items.map((item) => deepCopy(item, budget)),
          value.type,
          value.isNil,
        ),
    )
  }
  if (!(value instanceof Dictionary)) return value
  return budget.nest(() => {
    const copies = [...value.entries].map(([name, item]): [string, Value] => [
      name,
      deepCopy(item, budget),
    ])
    return new Dictionary(new Map(copies), value.type)
  })
}

import type { Budget } from '../ceilings.ts'
import { Refusal } from '../errors.ts'
import { any, count, define, defineVariadic, type FunctionDefinition, int } from '../function.ts'
import { itemsOf, kindName, Octets, Slice, type Value } from '../values.ts'
import { isDeepEqual, isEmpty } from './equality.ts'
import { integerValue } from './numbers.ts'

/** Sprig's functions on lists; none changes the list it gets. */
export const lists: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ...both(
    'append',
    'mustAppend',
    define([any, any], ([list, value], { budget }) =>
      made([...needItems(list, 'Cannot push on'), value], budget),
    ),
  ),
  ...both(
    'push',
    'mustPush',
    define([any, any], ([list, value], { budget }) =>
      made([...needItems(list, 'Cannot push on'), value], budget),
    ),
  ),
  ...both(
    'prepend',
    'mustPrepend',
    define([any, any], ([list, value], { budget }) =>
      made([value, ...needItems(list, 'Cannot prepend on')], budget),
    ),
  ),
  ...both(
    'first',
    'mustFirst',
    define([any], ([list]) => needItems(list, 'Cannot find first on')[0]),
  ),
  ...both(
    'last',
    'mustLast',
    define([any], ([list]) => needItems(list, 'Cannot find last on').at(-1)),
  ),
  ...both(
    'rest',
    'mustRest',
    define([any], ([list], { budget }) =>
      part(needItems(list, 'Cannot find rest on'), 1, undefined, budget),
    ),
  ),
  ...both(
    'initial',
    'mustInitial',
    define([any], ([list], { budget }) =>
      part(needItems(list, 'Cannot find initial on'), 0, -1, budget),
    ),
  ),
  ...both(
    'reverse',
    'mustReverse',
    define([any], ([list], { budget }) =>
      made(needItems(list, 'Cannot find reverse on').toReversed(), budget),
    ),
  ),
  ...both(
    'compact',
    'mustCompact',
    define([any], ([list], { budget }) =>
      made(
        needItems(list, 'Cannot compact on').filter((item) => !isEmpty(item)),
        budget,
      ),
    ),
  ),
  ...both(
    'uniq',
    'mustUniq',
    define([any], ([list], { budget }) => unique(needItems(list, 'Cannot find uniq on'), budget)),
  ),
  ...both(
    'without',
    'mustWithout',
    defineVariadic([any], any, ([list], omitted, { budget }) =>
      made(
        needItems(list, 'Cannot find without on').filter(
          (item) => !includes(omitted, item, budget),
        ),
        budget,
      ),
    ),
  ),
  ...both(
    'has',
    'mustHas',
    define(
      [any, any],
      ([needle, list], { budget }) =>
        list !== undefined && includes(needItems(list, 'Cannot find has on'), needle, budget),
    ),
  ),
  ...both(
    'slice',
    'mustSlice',
    defineVariadic([any], any, ([list], indexes) => slice(list, indexes)),
  ),
  ...both(
    'chunk',
    'mustChunk',
    define([int, any], ([size, list], { budget }) =>
      chunk(needItems(list, 'Cannot chunk'), size, budget),
    ),
  ),
  ['concat', defineVariadic([], any, (_, values, { budget }) => concat(values, budget))],
  ['list', defineVariadic([], any, (_, values, { budget }) => made(values, budget))],
  ['tuple', defineVariadic([], any, (_, values, { budget }) => made(values, budget))],
])

function both(
  name: string,
  must: string,
  definition: FunctionDefinition,
): readonly [string, FunctionDefinition][] {
  return [
    [name, definition],
    [must, definition],
  ]
}

function made(items: readonly Value[], budget: Budget): Slice {
  budget.spendItems(items.length)
  return new Slice(items)
}

function needItems(list: Value, problem: string): readonly Value[] {
  if (list === undefined)
    throw new Refusal('runtime error: invalid memory address or nil pointer dereference')
  const items = itemsOf(list)
  if (items === undefined) throw new Refusal(`${problem} type ${kindName(list)}`)
  return items
}

function part(
  items: readonly Value[],
  start: number,
  end: number | undefined,
  budget: Budget,
): Slice {
  if (items.length === 0) return new Slice([], '[]interface {}', true)
  return made(items.slice(start, end), budget)
}

function includes(items: readonly Value[], wanted: Value, budget: Budget): boolean {
  return items.some((item) => isDeepEqual(wanted, item, budget))
}

function unique(items: readonly Value[], budget: Budget): Slice {
  const kept: Value[] = []
  for (const item of items) if (!includes(kept, item, budget)) kept.push(item)
  return made(kept, budget)
}

function slice(list: Value, indexes: readonly Value[]): Value {
  if (list === undefined)
    throw new Refusal('runtime error: invalid memory address or nil pointer dereference')
  const items = itemsOf(list)
  if (items === undefined)
    throw new Refusal(`list should be type of slice or array but ${kindName(list)}`)
  if (items.length === 0) return undefined
  const start = indexes.length > 0 ? count(integerValue(indexes[0])) : 0
  const end = indexes.length > 1 ? count(integerValue(indexes[1])) : items.length
  if (start < 0 || end < start || end > items.length)
    throw new Refusal('reflect.Value.Slice: slice index out of bounds')
  if (list instanceof Octets) return new Octets(list.octets.subarray(start, end), list.type)
  return new Slice(items.slice(start, end), list instanceof Slice ? list.type : '[]interface {}')
}

function chunk(items: readonly Value[], size: bigint, budget: Budget): Slice {
  if (size <= 0n) throw new Refusal('runtime error: index out of range')
  const step = count(size)
  const chunks: Slice[] = []
  for (let at = 0; at < items.length; at += step)
    chunks.push(made(items.slice(at, at + step), budget))
  return new Slice(chunks, '[][]interface {}')
}

function concat(values: readonly Value[], budget: Budget): Slice {
  const all: Value[] = []
  for (const value of values) {
    if (value === undefined)
      throw new Refusal('runtime error: invalid memory address or nil pointer dereference')
    const items = itemsOf(value)
    if (items === undefined) throw new Refusal(`Cannot concat type ${kindName(value)} as list`)
    budget.spendItems(all.length + items.length)
    for (const item of items) all.push(item)
  }
  return new Slice(all, '[]interface {}', all.length === 0)
}

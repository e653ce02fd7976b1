import type { Budget } from './ceilings.ts'
import { Refusal } from './errors.ts'
import { Time } from './time/time.ts'
import { Dictionary, typeName, type Value } from './values.ts'

/** What a function may use besides its arguments. */
export interface Call {
  readonly budget: Budget
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  readonly timeZone: string
}

/** The type of a parameter, in Go's words, and what it takes. */
export interface Parameter<Type extends Value = Value> {
  readonly type: string
  readonly takes: (value: Value) => value is Type
  /** What nil becomes, where the type has a nil. */
  readonly nil?: () => Type
}

export interface FunctionDefinition {
  readonly fixed: readonly Parameter[]
  /** The type of any further arguments. */
  readonly rest: Parameter | undefined
  /** `and`, `or`: the evaluator stops at the first that decides. */
  readonly stopsAt?: boolean
  readonly run: (values: readonly Value[], call: Call) => Value
}

export const any: Parameter = {
  type: 'interface {}',
  takes: (value): value is Value => true,
  nil: () => undefined,
}
export const string: Parameter<string> = {
  type: 'string',
  takes: (value) => typeof value === 'string',
}
export const int: Parameter<bigint> = { type: 'int', takes: (value) => typeof value === 'bigint' }
export const bool: Parameter<boolean> = {
  type: 'bool',
  takes: (value) => typeof value === 'boolean',
}
export const float64: Parameter<number> = {
  type: 'float64',
  takes: (value) => typeof value === 'number',
}
export const time: Parameter<Time> = {
  type: 'time.Time',
  takes: (value) => value instanceof Time,
}
export const dictionary: Parameter<Dictionary> = {
  type: 'map[string]interface {}',
  takes: (value): value is Dictionary =>
    value instanceof Dictionary && value.type === 'map[string]interface {}',
  nil: () => new Dictionary(),
}

type Arguments<Parameters extends readonly Parameter[]> = {
  [Index in keyof Parameters]: Parameters[Index] extends Parameter<infer Type> ? Type : never
}

/** A function with as many arguments as it has parameters. */
export function define<const Parameters extends readonly Parameter[]>(
  fixed: Parameters,
  run: (values: Arguments<Parameters>, call: Call) => Value,
): FunctionDefinition {
  return {
    fixed,
    rest: undefined,
    // The evaluator has matched every value with its parameter.
    run: (values, call) => run(values as Arguments<Parameters>, call),
  }
}

/** A function that takes any number of `rest` after its parameters. */
export function defineVariadic<const Parameters extends readonly Parameter[], Rest extends Value>(
  fixed: Parameters,
  rest: Parameter<Rest>,
  run: (values: Arguments<Parameters>, rest: readonly Rest[], call: Call) => Value,
): FunctionDefinition {
  return {
    fixed,
    rest,
    run: (values, call) =>
      run(
        values.slice(0, fixed.length) as unknown as Arguments<Parameters>,
        values.slice(fixed.length) as Rest[],
        call,
      ),
  }
}

/** `value` as `parameter` takes it. */
export function fitParameter(value: Value, parameter: Parameter): Value {
  if (parameter.takes(value)) return value
  if (value === undefined) {
    if (parameter.nil !== undefined) return parameter.nil()
    throw new Refusal(`invalid value; expected ${parameter.type}`)
  }
  throw new Refusal(`wrong type for value; expected ${parameter.type}; got ${typeName(value)}`)
}

/** A number small enough to count with: bounded by JavaScript's safe integers. */
export function count(value: bigint): number {
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  return Number(value > limit ? limit : value < -limit ? -limit : value)
}

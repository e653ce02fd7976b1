import { any, define, type FunctionDefinition, string } from '../function.ts'
import { kindName, typeName } from '../values.ts'
import { isDeepEqual } from './equality.ts'

/** Sprig's functions on types. */
export const types: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  [
    'deepEqual',
    define([any, any], ([left, right], { budget }) => isDeepEqual(left, right, budget)),
  ],
  ['kindIs', define([string, any], ([kind, value]) => kindName(value) === kind)],
  ['kindOf', define([any], ([value]) => kindName(value))],
  ['typeIs', define([string, any], ([type, value]) => typeName(value) === type)],
  [
    'typeIsLike',
    define([string, any], ([type, value]) => [type, `*${type}`].includes(typeName(value))),
  ],
  ['typeOf', define([any], ([value]) => typeName(value))],
])

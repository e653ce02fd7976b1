import { Refusal, TemplateError } from '../errors.ts'
import {
  any,
  bool,
  type Call,
  define,
  defineVariadic,
  type FunctionDefinition,
  string,
} from '../function.ts'
import { decodeJson, encodeJson, type JsonStyle } from '../json.ts'
import type { Value } from '../values.ts'
import { isEmpty } from './equality.ts'

const compactStyle: JsonStyle = { escapesHtml: true }
const prettyStyle: JsonStyle = { escapesHtml: true, indent: 2 }
const rawStyle: JsonStyle = { escapesHtml: false }

/** Sprig's functions on empty values, choice and JSON, and step's `fail`. */
export const defaults: ReadonlyMap<string, FunctionDefinition> = new Map<
  string,
  FunctionDefinition
>([
  ['all', defineVariadic([], any, (_, values) => values.every((value) => !isEmpty(value)))],
  ['any', defineVariadic([], any, (_, values) => values.some((value) => !isEmpty(value)))],
  ['coalesce', defineVariadic([], any, (_, values) => values.find((value) => !isEmpty(value)))],
  [
    'default',
    defineVariadic([any], any, ([otherwise], [given]) => (isEmpty(given) ? otherwise : given)),
  ],
  ['empty', define([any], ([value]) => isEmpty(value))],
  ['fail', define([string], ([message]) => callFail(message))],
  [
    'fromJson',
    define([string], ([text], call) => orElse(undefined, () => decodeJson(text, call.budget))),
  ],
  ['mustFromJson', define([string], ([text], { budget }) => decodeJson(text, budget))],
  ['mustToJson', define([any], ([value], { budget }) => encodeJson(value, compactStyle, budget))],
  [
    'mustToPrettyJson',
    define([any], ([value], { budget }) => encodeJson(value, prettyStyle, budget)),
  ],
  ['mustToRawJson', define([any], ([value], { budget }) => encodeJson(value, rawStyle, budget))],
  ['ternary', define([any, any, bool], ([yes, no, condition]) => (condition ? yes : no))],
  ['toJson', define([any], ([value], call) => lenientJson(value, compactStyle, call))],
  ['toPrettyJson', define([any], ([value], call) => lenientJson(value, prettyStyle, call))],
  ['toRawJson', define([any], ([value], { budget }) => encodeJson(value, rawStyle, budget))],
])

function callFail(message: string): never {
  throw new TemplateError('template_fail_called', message)
}

/** The forms without `must` give the empty text for what JSON cannot say. */
function lenientJson(value: Value, style: JsonStyle, call: Call): Value {
  return orElse('', () => encodeJson(value, style, call.budget))
}

function orElse(otherwise: Value, make: () => Value): Value {
  try {
    return make()
  } catch (error) {
    if (error instanceof Refusal) return otherwise
    throw error
  }
}

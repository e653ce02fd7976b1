import type { FlagDefinition } from './command-definition.ts'
import { notOfferedYet } from './errors.ts'

type NotOffered<Text extends string, Flag extends string> = {
  readonly [K in Text]: { readonly type: 'text'; readonly hidden: true; readonly help: string }
} & {
  readonly [K in Flag]: { readonly type: 'boolean'; readonly hidden: true; readonly help: string }
}

/** Defines flags that step has and Mayfly does not have yet, so that they are known and can be refused by name. */
export function notOfferedFlags<const Text extends string, const Flag extends string>(names: {
  readonly text: readonly Text[]
  readonly boolean: readonly Flag[]
}): NotOffered<Text, Flag> {
  const define = (type: 'text' | 'boolean') => (name: string) =>
    [name, { type, hidden: true, environment: false, help: 'Not offered yet.' }] as const
  return Object.fromEntries([
    ...names.text.map(define('text')),
    ...names.boolean.map(define('boolean')),
  ]) as NotOffered<Text, Flag>
}

/**
 * Refuses the flags that are not offered yet.
 *
 * @throws {CommandError} `not_offered`
 */
export function refuseNotOffered(
  flags: Readonly<Record<string, unknown>>,
  definitions: Readonly<Record<string, FlagDefinition>>,
): void {
  const given = Object.keys(definitions).find(
    (name) => flags[name] !== undefined && flags[name] !== false,
  )
  if (given !== undefined) throw notOfferedYet(`flag '--${given}'`)
}

import type { FlagDefinition, FlagDefinitions } from './command-definition.ts'
import { CommandError } from './errors.ts'
import { type ParsedArguments, parseBoolean } from './parse-arguments.ts'

/** The members of `defaults.json`. */
export type FlagDefaults = Readonly<Record<string, unknown>>

export interface FlagSources {
  readonly given: ParsedArguments['given']
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly defaults: FlagDefaults
}

/**
 * Returns a value for every flag: from the command line, else the environment (`MAYFLY_…`, then `STEP_…`), else
 * `defaults.json`, else built in. A variable that is set but empty counts as set.
 *
 * @throws {CommandError} `flag_invalid` for a variable or default that is no value of the flag's type.
 */
export function resolveFlagValues(
  definitions: FlagDefinitions,
  sources: FlagSources,
): Record<string, boolean | number | string | readonly string[] | undefined> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => [
      name,
      typedValue(name, definition, wordsOf(name, definition, sources)),
    ]),
  )
}

/** Returns the main names of the flags that the command line or the environment gives, be it an empty value. */
export function findGivenFlags(
  definitions: FlagDefinitions,
  { given, environment }: Omit<FlagSources, 'defaults'>,
): ReadonlySet<string> {
  const names = Object.entries(definitions).flatMap(([name, definition]) => {
    const isGiven = given.has(name) || fromEnvironment(name, definition, environment) !== undefined
    return isGiven ? [name] : []
  })
  return new Set(names)
}

function wordsOf(
  name: string,
  definition: FlagDefinition,
  sources: FlagSources,
): readonly string[] {
  const given = sources.given.get(name)
  if (given !== undefined) return given
  const variable = fromEnvironment(name, definition, sources.environment)
  if (variable !== undefined) {
    return definition.repeatable ? variable.split(',').map((word) => word.trim()) : [variable]
  }
  return Object.hasOwn(sources.defaults, name) && definition.environment !== false
    ? wordsOfJson(sources.defaults[name], definition)
    : []
}

function fromEnvironment(
  name: string,
  { environment: variable }: FlagDefinition,
  environment: FlagSources['environment'],
): string | undefined {
  if (variable === false) return undefined
  const suffix = variable ?? name.toUpperCase().replaceAll('-', '_')
  return environment[`MAYFLY_${suffix}`] ?? environment[`STEP_${suffix}`]
}

function wordsOfJson(value: unknown, { repeatable }: FlagDefinition): readonly string[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) return [wordOfJson(value)]
  const words = value.map(wordOfJson)
  return repeatable ? words : [`[${words.join(' ')}]`]
}

function wordOfJson(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function typedValue(
  name: string,
  definition: FlagDefinition,
  words: readonly string[],
): boolean | number | string | readonly string[] | undefined {
  if (definition.repeatable) return words.filter((word) => word !== '')
  const word = words.at(-1)
  if (definition.type === 'boolean') return booleanValue(name, definition, word)
  if (word === undefined || word === '') return undefined
  if (definition.type === 'text') return word
  if (!/^[+-]?\d{1,15}$/.test(word)) throw badValue(name, word)
  return Number(word)
}

function booleanValue(
  name: string,
  { whenAbsent }: FlagDefinition,
  word: string | undefined,
): boolean {
  if (word === undefined) return whenAbsent ?? false
  if (word === '') return false
  const value = parseBoolean(word)
  if (value === undefined) throw badValue(name, word)
  return value
}

function badValue(name: string, word: string): CommandError {
  return new CommandError('flag_invalid', `invalid value '${word}' for flag '--${name}'`)
}

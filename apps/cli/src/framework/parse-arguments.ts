import type { FlagDefinition, FlagDefinitions } from './command-definition.ts'
import { CommandError } from './errors.ts'

export interface ParsedArguments {
  readonly positional: readonly string[]
  /** The words given for each flag, by main name, in order; a boolean's are `true` and `false`. */
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly help: boolean
}

/**
 * Splits the words behind a command's name into flags and arguments, in whatever order they stand.
 *
 * `--flag value`, `--flag=value` and both with one dash are equal; a boolean never takes the next word; `--` ends
 * flags; `-` is an argument. An unknown flag behind an argument counts as an argument, as in step, unless the
 * command could then mistake it for one: `maximum` arguments are all that it takes.
 *
 * @throws {CommandError} `usage_incorrect` for an unknown flag, a missing or malformed value.
 */
export function parseArguments(
  words: readonly string[],
  definitions: FlagDefinitions,
  { maximum }: { readonly maximum: number },
): ParsedArguments {
  const names = mainNames(definitions)
  const given = new Map<string, string[]>()
  const positional: string[] = []
  let unknown: string | undefined
  let help = false
  let index = 0
  while (index < words.length) {
    const word = words[index] ?? ''
    index += 1
    if (word === '--') {
      positional.push(...words.slice(index))
      break
    }
    const flag = splitFlag(word)
    if (flag === undefined) {
      positional.push(word)
      continue
    }
    const main = names.get(flag.name)
    const definition = main === undefined ? undefined : definitions[main]
    if (main === undefined || definition === undefined) {
      if (flag.name === 'help' || flag.name === 'h') {
        help = true
        continue
      }
      if (positional.length === 0) throw unknownFlag(flag.name)
      unknown ??= flag.name
      positional.push(word)
      continue
    }
    let value = flag.value
    if (value === undefined) {
      if (definition.type === 'boolean') {
        value = 'true'
      } else {
        value = words[index]
        index += 1
        if (value === undefined) {
          throw new CommandError('usage_incorrect', `flag needs an argument: -${flag.name}`)
        }
      }
    }
    given.set(main, [...(given.get(main) ?? []), checkedValue(flag.name, value, definition)])
  }
  if (!help && unknown !== undefined && positional.length <= maximum) throw unknownFlag(unknown)
  return { positional, given, help }
}

/** Reads a boolean in Go's spellings; `undefined` if it is none of them. */
export function parseBoolean(text: string): boolean | undefined {
  return booleanByText.get(text)
}

function mainNames(definitions: FlagDefinitions): Map<string, string> {
  const names = new Map<string, string>()
  for (const [main, definition] of Object.entries(definitions)) {
    for (const name of [main, ...(definition.aliases ?? [])]) names.set(name, main)
  }
  return names
}

function splitFlag(word: string): { name: string; value: string | undefined } | undefined {
  const dashes = word.startsWith('--') ? 2 : word.startsWith('-') ? 1 : 0
  if (dashes === 0 || word.length === dashes) return undefined
  const equals = word.indexOf('=')
  return equals === -1
    ? { name: word.slice(dashes), value: undefined }
    : { name: word.slice(dashes, equals), value: word.slice(equals + 1) }
}

function checkedValue(name: string, value: string, { type }: FlagDefinition): string {
  if (type === 'boolean') {
    const boolean = parseBoolean(value)
    if (boolean === undefined) {
      throw new CommandError(
        'usage_incorrect',
        `invalid boolean value "${value}" for -${name}: parse error`,
      )
    }
    return String(boolean)
  }
  if (type === 'integer' && !/^[+-]?\d{1,15}$/.test(value)) {
    throw new CommandError(
      'usage_incorrect',
      `invalid value "${value}" for flag -${name}: parse error`,
    )
  }
  return value
}

function unknownFlag(name: string): CommandError {
  return new CommandError('usage_incorrect', `flag provided but not defined: -${name}`)
}

const booleanByText: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
])

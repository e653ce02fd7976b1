import type { CommandDefinition, FlagDefinition } from '../framework/command-definition.ts'
import { type CommandGroup, findCommand } from '../framework/command-tree.ts'

/** What is known outside the command tree. */
export interface CompletionSources {
  /** The names of the provisioners of the CA that the line means; none where they cannot be had quickly. */
  provisioners(line: CommandLine): Promise<readonly string[]>
  /** The names of the contexts. */
  contexts(): readonly string[]
}

/** What is known of the command line so far. */
export interface CommandLine {
  readonly command: CommandDefinition
  /** The words of the flags with a value, by their main names. */
  readonly given: ReadonlyMap<string, readonly string[]>
}

/** What may stand in the place of the last word. */
export interface Completion {
  /** Whole words, in the order they are to be shown. */
  readonly candidates: readonly string[]
  /** Whether the name of a file may stand there. */
  readonly files: boolean
}

/**
 * Completes a command line: `words` stand behind the program's name, the last being the one to complete, and may be
 * empty.
 */
export async function completeWords(
  root: CommandGroup,
  words: readonly string[],
  sources: CompletionSources,
): Promise<Completion> {
  const word = words.at(-1) ?? ''
  const before = withoutGlobalFlags(words.slice(0, -1))
  if (before === undefined) return files
  const isHelp = before[0] === 'help' || before[0] === 'h'
  const found = findCommand(root, isHelp ? before.slice(1) : before)
  switch (found.kind) {
    case 'unknown':
      return nothing
    case 'group': {
      if (found.rest.length > 0) return nothing
      const names = Object.keys(found.group.members).filter((name) => name.length > 1)
      const flags = isHelp ? [] : ['--help', ...(found.path.length === 0 ? globalFlags : [])]
      return matching(word, word.startsWith('-') ? flags : names)
    }
    case 'command':
      return isHelp
        ? nothing
        : await completeCommand(await found.entry.load(), found.rest, word, sources)
  }
}

/** What stands before the command: `undefined` where `--config` waits for its file. */
function withoutGlobalFlags(words: readonly string[]): readonly string[] | undefined {
  const [first, second, ...rest] = words
  if (first === undefined || !first.startsWith('-')) return words
  if (first !== '--config' && first !== '-config') return withoutGlobalFlags(words.slice(1))
  return second === undefined ? undefined : withoutGlobalFlags(rest)
}

async function completeCommand(
  command: CommandDefinition,
  before: readonly string[],
  word: string,
  sources: CompletionSources,
): Promise<Completion> {
  const { given, waiting, hasEnded } = readFlags(command, before)
  const known = { line: { command, given }, sources }
  if (waiting !== undefined) return await completeValue(waiting, word, known)
  if (hasEnded || !word.startsWith('-')) return await completeArgument(command, word, known)
  const [, name = '', value] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? []
  if (value === undefined) {
    const names = Object.entries(command.flags)
      .filter(([flag, { hidden, repeatable }]) => !hidden && (repeatable || !given.has(flag)))
      .map(([flag]) => `--${flag}`)
    return matching(word, [...names.toSorted(), '--help'])
  }
  const flag = findFlag(command, name)
  if (flag === undefined) return nothing
  const { candidates, files: isFile } = await completeValue(flag, value, known)
  const prefix = word.slice(0, word.length - value.length)
  return { candidates: candidates.map((candidate) => `${prefix}${candidate}`), files: isFile }
}

interface NamedFlag extends FlagDefinition {
  readonly name: string
}

function findFlag({ flags }: CommandDefinition, name: string): NamedFlag | undefined {
  const found = Object.entries(flags).find(
    ([main, { aliases }]) => main === name || aliases?.includes(name),
  )
  return found === undefined ? undefined : { ...found[1], name: found[0] }
}

/** Which flags are given with which values, and which of them waits for its own. */
function readFlags(
  command: CommandDefinition,
  words: readonly string[],
): {
  readonly given: ReadonlyMap<string, readonly string[]>
  readonly waiting: NamedFlag | undefined
  readonly hasEnded: boolean
} {
  const given = new Map<string, readonly string[]>()
  let waiting: NamedFlag | undefined
  for (const word of words) {
    if (waiting !== undefined) {
      given.set(waiting.name, [...(given.get(waiting.name) ?? []), word])
      waiting = undefined
      continue
    }
    if (word === '--') return { given, waiting: undefined, hasEnded: true }
    const [, name, value] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const flag = name === undefined ? undefined : findFlag(command, name)
    if (flag === undefined) continue
    given.set(flag.name, [...(given.get(flag.name) ?? []), ...(value === undefined ? [] : [value])])
    if (value === undefined && flag.type !== 'boolean') waiting = flag
  }
  return { given, waiting, hasEnded: false }
}

interface Known {
  readonly line: CommandLine
  readonly sources: CompletionSources
}

async function completeValue(
  { name, type, value, options }: NamedFlag,
  word: string,
  { line, sources }: Known,
): Promise<Completion> {
  if (options !== undefined) return matching(word, options)
  if (type === 'boolean') return matching(word, ['true', 'false'])
  if (name === 'provisioner') return matching(word, await sources.provisioners(line))
  if (name === 'context') return matching(word, sources.contexts())
  return value !== undefined && fileValues.has(value) ? files : nothing
}

async function completeArgument(
  { completes = 'files', positional }: CommandDefinition,
  word: string,
  { line, sources }: Known,
): Promise<Completion> {
  if (positional?.maximum === 0) return nothing
  if (completes === 'files') return files
  if (completes === 'contexts') return matching(word, sources.contexts())
  if (completes === 'provisioners') return matching(word, await sources.provisioners(line))
  return matching(word, completes)
}

function matching(word: string, names: readonly string[]): Completion {
  return { candidates: names.filter((name) => name.startsWith(word)), files: false }
}

const nothing: Completion = { candidates: [], files: false }
const files: Completion = { candidates: [], files: true }

const globalFlags = ['--version', '--config']

/** What help pages call a value that is the name of a file. */
const fileValues: ReadonlySet<string> = new Set(['file', 'file|folder'])

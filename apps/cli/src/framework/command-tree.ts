import type { CommandDefinition } from './command-definition.ts'

/** A command that is loaded when it is called. */
export interface CommandEntry {
  readonly summary: string
  load(): Promise<CommandDefinition>
}

/** Commands under one name. */
export interface CommandGroup {
  readonly summary: string
  readonly description: string
  readonly example: string
  readonly members: Readonly<Record<string, CommandEntry | CommandGroup>>
}

export type FoundCommand =
  | {
      readonly kind: 'command'
      readonly path: readonly string[]
      readonly entry: CommandEntry
      readonly rest: readonly string[]
    }
  | {
      readonly kind: 'group'
      readonly path: readonly string[]
      readonly group: CommandGroup
      readonly rest: readonly string[]
    }
  | {
      readonly kind: 'unknown'
      /** The groups that lead to the word, and the last of them. */
      readonly path: readonly string[]
      readonly group: CommandGroup
      readonly name: string
    }

/** Follows the words from `root` as far as they name groups and a command; stops at the first flag. */
export function findCommand(root: CommandGroup, words: readonly string[]): FoundCommand {
  let group = root
  const path: string[] = []
  for (const [index, word] of words.entries()) {
    const rest = words.slice(index)
    if (word.startsWith('-') && word !== '-') return { kind: 'group', path, group, rest }
    const member = Object.hasOwn(group.members, word) ? group.members[word] : undefined
    if (member === undefined) return { kind: 'unknown', path, group, name: word }
    path.push(word)
    if ('load' in member) {
      return { kind: 'command', path, entry: member, rest: words.slice(index + 1) }
    }
    group = member
  }
  return { kind: 'group', path, group, rest: [] }
}

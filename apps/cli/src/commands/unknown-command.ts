import type { FoundCommand } from '../framework/command-tree.ts'
import { editDistance } from '../framework/edit-distance.ts'
import { CommandError } from '../framework/errors.ts'
import { commandsNotOffered } from './not-offered.ts'

/**
 * The refusal of a word that is no command: `not_offered` where step has such a command, else `command_unknown` with
 * the name that may be meant. `topic` is how the message calls it.
 */
export function unknownCommand(
  { path, group, name }: Extract<FoundCommand, { kind: 'unknown' }>,
  topic: string = name,
): CommandError {
  const whole = [...path, name].join(' ')
  if (commandsNotOffered.has(whole)) {
    return new CommandError(
      'not_offered',
      `'mayfly ${whole}' is not offered yet; see docs/compatibility.md`,
    )
  }
  const meant = nearest(name, Object.keys(group.members))
  const question = meant === undefined ? '' : `Did you mean '${meant}'? `
  const help = ['mayfly help', ...path].join(' ')
  return new CommandError('command_unknown', `No help topic for '${topic}'`, {
    hint: `${question}'${help}' lists the commands.`,
  })
}

/** The name within two edits of `word` that keeps more than half of its letters. */
function nearest(word: string, names: readonly string[]): string | undefined {
  return names
    .map((name) => ({ name, distance: editDistance(word, name, { ceiling: 2 }) }))
    .filter(({ name, distance }) => distance <= 2 && distance * 2 < name.length)
    .toSorted((one, other) => one.distance - other.distance)[0]?.name
}

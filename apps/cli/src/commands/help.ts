import { type CommandDefinition, defineCommand } from '../framework/command-definition.ts'
import { findCommand } from '../framework/command-tree.ts'
import { CommandError } from '../framework/errors.ts'
import { commandHelpPage, groupHelpPage } from '../framework/help-page.ts'
import { writeResult } from '../framework/report.ts'
import { commandTree } from './index.ts'
import { unknownCommand } from './unknown-command.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[command…]',
  summary: 'display help for the specified command or command group',
  description: 'mayfly help prints the help page of a command, as the command with --help does.',
  example: '$ mayfly help ca certificate',
  readsDefaults: false,
  flags: {},
  async run({ positional, io }) {
    const found = findCommand(commandTree, positional)
    const name = ['mayfly', ...positional].join(' ')
    if (found.kind === 'unknown') throw unknownCommand(found, name)
    if (found.kind === 'command' && found.rest.length > 0) {
      throw new CommandError('command_unknown', `No help topic for '${name}'`)
    }
    writeResult(
      io,
      found.kind === 'group'
        ? groupHelpPage(name, found.group)
        : commandHelpPage(name, await found.entry.load()),
    )
    return 0
  },
})

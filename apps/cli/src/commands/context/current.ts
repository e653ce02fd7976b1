import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { findContext, loadContexts } from '../../framework/contexts.ts'
import { CommandError } from '../../framework/errors.ts'
import { printable, printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'print the name of the current context',
  description: 'mayfly context current prints the name of the context that commands use.',
  example: '$ mayfly context current --json',
  positional: { minimum: 0, maximum: 0 },
  readsDefaults: false,
  flags: {
    json: { type: 'boolean', help: 'Print a JSON object with its authority and profile.' },
  },
  async run({ flags, base, io }) {
    const list = loadContexts(base)
    if (list.currentName === undefined) {
      throw new CommandError('context_unknown', 'no context selected')
    }
    const { name, authority, profile } = findContext(list, list.currentName)
    const json = `${printableJson(JSON.stringify({ name, authority, profile }))}\n`
    writeResult(io, flags.json ? json : `${printable(name)}\n`)
    return 0
  },
})

import { selectContext } from '../../contexts/save-contexts.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { loadContexts } from '../../framework/contexts.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportFact } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<name>',
  summary: 'make a context the current one',
  description: 'mayfly context select makes the context <name> the one that commands use.',
  example: '$ mayfly context select other',
  completes: 'contexts',
  positional: { minimum: 1, maximum: 1 },
  readsDefaults: false,
  flags: {},
  async run({ positional: [name = ''], base, io }) {
    if (!loadContexts(base).contexts.some((context) => context.name === name)) {
      throw new CommandError('context_unknown', `context '${name}' not found`)
    }
    await selectContext(base, name)
    reportFact(io, 'Context', name)
    return 0
  },
})

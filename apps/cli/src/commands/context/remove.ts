import { forceFlag } from '../../ca/force-flag.ts'
import { ownFolders, removeContext } from '../../contexts/save-contexts.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { loadContexts } from '../../framework/contexts.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'
import { withQuestions } from '../../terminal/questions.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<name>',
  summary: 'remove a context and all that belongs to it',
  description:
    'mayfly context remove forgets the context <name> and deletes the folders of its authority and its profile, with their keys, unless another context uses them. The current context cannot be removed.',
  example: '$ mayfly context remove other --force',
  completes: 'contexts',
  positional: { minimum: 1, maximum: 1 },
  readsDefaults: false,
  flags: {
    force: { ...forceFlag.force, help: 'Remove without asking.' },
  },
  async run({ positional: [name = ''], flags, base, io }) {
    const list = loadContexts(base)
    const context = list.contexts.find((each) => each.name === name)
    if (context === undefined) {
      const reason =
        list.contexts.length === 0 ? ' - mayfly path context management not enabled' : ''
      throw new CommandError('context_unknown', `context '${name}' not found${reason}`)
    }
    if (name === list.currentName) {
      throw new CommandError('context_unknown', 'cannot remove current context', {
        hint: "'mayfly context select' makes another one the current one.",
      })
    }
    const folders = ownFolders(base, list, context)
    if (!flags.force && folders.length > 0) {
      reportLine(io, 'The following directories will be removed:\n')
      for (const folder of folders) reportLine(io, `  - ${folder}`)
      reportLine(io, '')
      const agreed = await withQuestions(
        io,
        `the removal of context ${name} was to be confirmed: use --force`,
        ({ askYesNo }) =>
          askYesNo(
            `Are you sure you want to delete the configuration for context ${name} (this cannot be undone!) [y/n]`,
          ),
      )
      if (!agreed) throw new CommandError('interrupted', 'context not removed')
    }
    await removeContext(io, base, context, folders)
    return 0
  },
})

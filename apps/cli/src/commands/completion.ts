import { completionScripts } from '../completion/shell-scripts.ts'
import { type CommandDefinition, defineCommand } from '../framework/command-definition.ts'
import { CommandError } from '../framework/errors.ts'
import { writeResult } from '../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<shell>',
  summary: 'print the shell completion script',
  description:
    'mayfly completion prints a script for bash, zsh or fish that completes commands, flags, their values, and the names of files, contexts and provisioners: those of config/ca.json, or else of the CA that config/defaults.json names, which is asked for a second at most.',
  example: '$ mayfly completion bash > mayfly-completion.bash',
  completes: ['bash', 'zsh', 'fish'],
  positional: { minimum: 1, maximum: 1 },
  readsDefaults: false,
  flags: {},
  async run({ positional: [shell = ''], io }) {
    const script = completionScripts.get(shell)
    if (script === undefined) {
      throw new CommandError('arguments_wrong', `unsupported shell ${shell}`)
    }
    writeResult(io, script)
    return 0
  },
})

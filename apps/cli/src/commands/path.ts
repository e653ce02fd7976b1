import { type CommandDefinition, defineCommand } from '../framework/command-definition.ts'
import { profileFolder } from '../framework/contexts.ts'
import { resolveHome } from '../framework/home.ts'
import { writeResult } from '../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'print the folder that mayfly keeps its files in, and exit',
  description:
    'mayfly path prints $MAYFLYPATH, else $STEPPATH, else ~/.mayfly; where contexts are on, the folder of the current one in it. The folders config, certs, secrets, db and templates are in it.',
  example: '$ cat $(mayfly path)/config/ca.json',
  readsDefaults: false,
  flags: {
    base: { type: 'boolean', help: 'Print the folder that holds all contexts.' },
    profile: { type: 'boolean', help: "Print the folder of the current context's profile." },
  },
  async run({ flags, base, io }) {
    if (flags.base) {
      writeResult(io, `${base}\n`)
      return 0
    }
    const { folder, context } = await resolveHome(base, undefined, async (list) => {
      const { chooseContext } = await import('../contexts/choose-context.ts')
      return await chooseContext(io, base, list)
    })
    const profile = context === undefined ? base : profileFolder(base, context)
    writeResult(io, `${flags.profile ? profile : folder}\n`)
    return 0
  },
})

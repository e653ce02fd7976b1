import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { loadContexts } from '../../framework/contexts.ts'
import { printable, printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'list the contexts',
  description: 'mayfly context list prints the names of the contexts, the current one first.',
  example: '$ mayfly context list',
  positional: { minimum: 0, maximum: 0 },
  readsDefaults: false,
  flags: {
    json: { type: 'boolean', help: 'Print a JSON array of objects.' },
  },
  async run({ flags, base, io }) {
    const { contexts, currentName } = loadContexts(base)
    const isCurrent = ({ name }: { readonly name: string }) => name === currentName
    const sorted = [
      ...contexts.filter(isCurrent),
      ...contexts.filter((context) => !isCurrent(context)),
    ]
    if (flags.json) {
      const entries = sorted.map(({ name, authority, profile }) => {
        return { name, authority, profile, current: name === currentName }
      })
      writeResult(io, `${printableJson(JSON.stringify(entries, undefined, 2))}\n`)
      return 0
    }
    for (const context of sorted) {
      writeResult(io, `${isCurrent(context) ? '▶ ' : ''}${printable(context.name)}\n`)
    }
    return 0
  },
})

import { type CommandDefinition, defineCommand } from '../framework/command-definition.ts'
import { notOfferedFlags, refuseNotOffered } from '../framework/not-offered.ts'
import { writeResult } from '../framework/report.ts'

const later = notOfferedFlags({ text: [], boolean: ['profile'] })

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'print the folder that mayfly keeps its files in, and exit',
  description:
    'mayfly path prints $MAYFLYPATH, else $STEPPATH, else ~/.mayfly. The folders config, certs, secrets, db and templates are in it.',
  example: '$ cat $(mayfly path)/config/ca.json',
  readsDefaults: false,
  flags: {
    base: { type: 'boolean', help: 'Print the folder that holds all contexts.' },
    ...later,
  },
  async run({ flags, home, io }) {
    refuseNotOffered(flags, later)
    writeResult(io, `${home}\n`)
    return 0
  },
})

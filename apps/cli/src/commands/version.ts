import { type CommandDefinition, defineCommand } from '../framework/command-definition.ts'
import { writeResult } from '../framework/report.ts'
import { releaseDate, version } from '../version.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'display the current version of the cli',
  description: 'mayfly version prints the version and its date.',
  example: '$ mayfly version --json',
  readsDefaults: false,
  flags: {
    json: { type: 'boolean', help: 'Print a JSON object.' },
  },
  async run({ flags, io }) {
    const platform = `${process.platform}/${machineNames.get(process.arch) ?? process.arch}`
    writeResult(
      io,
      flags.json
        ? `${JSON.stringify({ name: 'Mayfly CLI', version, platform, releaseDate })}\n`
        : `Mayfly CLI/${version} (${platform})\nRelease Date: ${releaseDate}\n`,
    )
    return 0
  },
})

const machineNames: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
])

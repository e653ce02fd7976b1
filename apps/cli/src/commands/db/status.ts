import { inspectDatabase } from '@mayfly/authority-host'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { reportStatus } from '../../database/status-report.ts'
import { formatStatus } from '../../database/status-text.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'tell how the database of a CA stands',
  description:
    "mayfly db status looks at the database that ca.json names, without changing anything: where it is, what serves it and how far away, whether its tables are up to date, the settings that its durability hangs on, its clock against this machine's, the newest revision of the shared configuration, who holds which lease, the last restore, and whether step-ca has left data there.\n\nIt exits with 1 when a server could not work on the database as it is.",
  example: '$ mayfly db status\n$ mayfly db status --json',
  positional: { minimum: 0, maximum: 0 },
  flags: databaseFlags,
  async run({ io, home, flags }) {
    const configurationPath = nameConfiguration(io, home, flags)
    try {
      const view = await inspectDatabase({ configurationPath })
      const report = await reportStatus(view, { configurationPath, now: io.now })
      writeResult(io, flags.json ? toJson(report) : formatStatus(report))
      return report.ready ? 0 : 1
    } catch (error) {
      if (flags.json && error instanceof Error && 'code' in error) {
        const { code, message } = error
        writeResult(io, toJson({ reachable: false, ready: false, error: { code, message } }))
      }
      throw error
    }
  },
})

function toJson(value: object): string {
  return `${printableJson(JSON.stringify(value, undefined, 2))}\n`
}

import { importHistory } from '@mayfly/authority-host'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { createProgressDisplay } from '../../database/import-progress.ts'
import { formatImportReport } from '../../database/import-report-text.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'take over what a step-ca has kept',
  description:
    'mayfly db import reads what a step-ca has kept and adds it to the database of ca.json: certificates, revocations, tokens that are spent, and ACME accounts with their keys and orders. Each certificate is verified. What step-ca has kept is only read; stop step-ca before, or run the import again after. It may be stopped at any moment, and goes on where it stood; it may be run again, and adds what is new. What is there already stays, but for ACME accounts and keys that have ended since.\n\nThe database is that of the "db" block, beside whatever step-ca keeps there: tables of its own on MySQL and PostgreSQL, an SQLite file in the folder of a Badger or bbolt database. A server that finds data of step-ca that was not imported does not start.',
  example:
    '$ mayfly db import\n$ mayfly db import --dry-run --json\n$ mayfly db import --from /etc/step-ca/config/ca.json',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    from: {
      type: 'text',
      value: 'path',
      environment: false,
      help: "Where the data is: step-ca's ca.json, the folder of its Badger database or the file of its bbolt database. Defaults to the place that the db block names.",
    },
    'ca-config': {
      type: 'text',
      value: 'file',
      help: "The CA's configuration. Defaults to config/ca.json in the mayfly folder.",
    },
    'dry-run': {
      type: 'boolean',
      environment: false,
      help: 'Read and judge everything, and write nothing.',
    },
    json: { type: 'boolean', help: 'Print JSON.' },
  },
  async run({ io, home, flags }) {
    const display = createProgressDisplay(io)
    try {
      const report = await importHistory({
        configurationPath: nameConfiguration(io, home, flags),
        from: flags.from,
        dryRun: flags['dry-run'],
        onProgress: (progress) => display.show(progress),
        now: io.now,
      })
      display.end()
      const text = flags.json
        ? `${printableJson(JSON.stringify(report, undefined, 2))}\n`
        : formatImportReport(report)
      writeResult(io, text)
    } catch (error) {
      display.end()
      throw error
    }
    return 0
  },
})

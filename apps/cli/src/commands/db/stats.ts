import { openDatabase } from '@mayfly/authority-host'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { formatStatistics } from '../../database/statistics-text.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'tell how much the database holds, and how fast it grows',
  description:
    "mayfly db stats tells of each table how many rows it has, how much room they and their indexes take, and the first and the last time of its rows: of certificates when they end, of spent tokens when they may be forgotten; how many octets a certificate takes with its token and all indexes; and how many certificates were issued and revoked in the last hour and day, by the audit entries.\n\nRows are counted. On a server, those of a table with more than a million are estimated by the server, and marked with '~'; sizes are what the server has set aside. On SQLite the whole file is read for the sizes.",
  example: '$ mayfly db stats\n$ mayfly db stats --json',
  positional: { minimum: 0, maximum: 0 },
  flags: databaseFlags,
  async run({ io, home, flags }) {
    await using database = await openDatabase({
      configurationPath: nameConfiguration(io, home, flags),
    })
    const statistics = await database.store.statistics.readStatistics()
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify(statistics, undefined, 2))}\n`
        : formatStatistics(statistics),
    )
    return 0
  },
})

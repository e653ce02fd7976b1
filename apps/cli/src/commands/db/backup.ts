import { openDatabase } from '@mayfly/authority-host'
import { forceFlag } from '../../ca/force-flag.ts'
import { formatBackup } from '../../database/backup-text.ts'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { createProgressDisplay } from '../../database/import-progress.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printableJson } from '../../framework/printable.ts'
import { reportLine, writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<file>',
  summary: 'copy the whole database into a file',
  description:
    'mayfly db backup writes all that the database of ca.json holds at one moment into a file: certificates, revocations, spent tokens, audit entries, the shared configuration, ACME accounts and orders. Servers go on meanwhile. The file is the same for all kinds of databases, gzipped JSON lines, and holds a digest of itself; it appears whole or not at all, readable by its owner alone. It holds no private key of the CA, but external account keys of ACME: keep it as a secret.\n\nKeys, certificates of the CA and ca.json are files, and are not in it.',
  example: '$ mayfly db backup ca.backup',
  positional: { minimum: 1, maximum: 1 },
  flags: { ...databaseFlags, ...forceFlag },
  async run({ io, home, positional, flags }) {
    const [path = ''] = positional
    await confirmOverwrite(io, path, flags)
    await using database = await openDatabase({
      configurationPath: nameConfiguration(io, home, flags),
    })
    await using file = await reserveOutputFile(path, { maximumMode: 0o600 })
    const display = createProgressDisplay(io)
    try {
      const summary = await database.store.backups.writeBackup(file.stream(), {
        onProgress: ({ rows, totalRows }) =>
          display.show({ table: 'rows', read: rows, rows: totalRows }),
      })
      await file.publish()
      display.end()
      if (flags.json) {
        writeResult(
          io,
          `${printableJson(JSON.stringify({ file: path, ...summary }, undefined, 2))}\n`,
        )
      } else {
        writeResult(io, formatBackup(summary))
        reportLine(io, `The backup has been saved in ${path}.`)
      }
    } catch (error) {
      display.end()
      throw error
    }
    return 0
  },
})

import { createReadStream } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { hostname } from 'node:os'
import { makeDatabase } from '@mayfly/authority-host'
import { formatBackup } from '../../database/backup-text.ts'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { createProgressDisplay } from '../../database/import-progress.ts'
import { errorReading } from '../../files/input-file.ts'
import { reasonOf } from '../../files/system-error.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { printableJson } from '../../framework/printable.ts'
import { reportLine, writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<file>',
  summary: 'fill an empty database from a backup',
  description:
    "mayfly db restore puts what 'mayfly db backup' has written into the database of ca.json, of whatever kind either is: this is also the way from SQLite to a server, and back. The database must be empty, or not made yet, and no server may run on it. The backup is read once and verified before anything is written. Until all rows are in and counted no server starts on the database; when the restore breaks off, the same command begins it anew.\n\nA backup does not know what happened after it was made. Tokens that were made before the restore are refused: they may have been spent. What was revoked since counts as good again: revoke it again, by 'mayfly ca revoke' with its serial number. Certificates that were issued since stay good and can be renewed until they end, but not after.",
  example: '$ mayfly db restore ca.backup --ca-config new/ca.json',
  positional: { minimum: 1, maximum: 1 },
  flags: databaseFlags,
  async run({ io, home, positional, flags }) {
    const [path = ''] = positional
    await assertReadable(path)
    await using database = await makeDatabase({
      configurationPath: nameConfiguration(io, home, flags),
    })
    const display = createProgressDisplay(io)
    try {
      const summary = await database.store.backups.restoreBackup(() => createReadStream(path), {
        holder: `${hostname()}-${process.pid}-${Buffer.from(io.random(4)).toString('hex')}`,
        onProgress: ({ rows, totalRows }) =>
          display.show({ table: 'rows', read: rows, rows: totalRows }),
      })
      display.end()
      const text = flags.json
        ? `${printableJson(JSON.stringify({ file: path, ...summary }, undefined, 2))}\n`
        : formatBackup(summary)
      writeResult(io, text)
      reportLine(
        io,
        `All of it has been restored. What was revoked after ${summary.createdAt.toISOString()} must be revoked again; tokens made before now are refused.`,
      )
    } catch (error) {
      display.end()
      throw error
    }
    return 0
  },
})

async function assertReadable(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK)
  } catch (cause) {
    throw new CommandError('file_unreadable', errorReading(path, reasonOf(cause)), { cause })
  }
}

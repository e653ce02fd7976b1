import { inspectDatabase, makeDatabase } from '@mayfly/authority-host'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'bring the tables of the database up to date',
  description:
    'mayfly db migrate makes the database and its tables where they do not exist, and brings them up to date. A server does the same when it starts; this is for those who want it done beforehand, or by a user with more rights. Any number may run at once. Servers of an older version go on, but do not start again.',
  example: '$ mayfly db migrate',
  positional: { minimum: 0, maximum: 0 },
  flags: databaseFlags,
  async run({ io, home, flags }) {
    const configurationPath = nameConfiguration(io, home, flags)
    const before = await inspectDatabase({ configurationPath })
    await using _ = await makeDatabase({ configurationPath, leaveHistory: true })
    const { status } = await inspectDatabase({ configurationPath })
    const executed = status?.migrations.executed ?? []
    const earlier = new Set(before.status?.migrations.executed)
    const applied = executed.filter((name) => !earlier.has(name))
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify({ applied, executed }, undefined, 2))}\n`
        : describe(applied, executed),
    )
    return 0
  },
})

function describe(applied: readonly string[], executed: readonly string[]): string {
  if (applied.length === 0) return `The tables are up to date (${executed.at(-1)}).\n`
  return applied.map((name) => `Applied ${name}.\n`).join('')
}

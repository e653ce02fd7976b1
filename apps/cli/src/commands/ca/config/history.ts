import { HostError, type SharedConfiguration } from '@mayfly/authority-host'
import { formatEntry } from '../../../ca/configuration/revision-lines.ts'
import { openShared, sharedConfigurationFlags } from '../../../ca/configuration/shared.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagValueInvalid } from '../../../framework/errors.ts'
import { printableJson } from '../../../framework/printable.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'
import type { Io } from '../../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'list the revisions',
  description:
    'mayfly ca config history lists the revisions of the shared configuration, the newest first: number, time, author and comment. A revision whose signature is not good is marked; no instance goes by it.',
  example: '$ mayfly ca config history --limit 5',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...sharedConfigurationFlags,
    limit: {
      type: 'integer',
      value: 'number',
      environment: false,
      help: 'How many at most; 20 if left out.',
    },
    json: { type: 'boolean', help: 'Print JSON.' },
  },
  async run(invocation) {
    const { io, flags } = invocation
    const { limit = 20 } = flags
    if (limit < 1) throw flagValueInvalid('limit', String(limit))
    await using shared = await openShared(invocation)
    const entries = await shared.history({ limit })
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify(entries, undefined, 2))}\n`
        : entries.map(formatEntry).join(''),
    )
    if (entries[0]?.problem === undefined) await reportGone(io, shared)
    return 0
  },
})

/** Rows that are missing at the end are in no line of the list. */
async function reportGone(io: Io, shared: SharedConfiguration): Promise<void> {
  try {
    await shared.current()
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'revision_refused') throw error
    reportLine(io, `REFUSED: ${error.message}`)
    if (error.hint !== undefined) reportLine(io, error.hint)
  }
}

import { formatRevision, revisionToJson } from '../../../ca/configuration/revision-lines.ts'
import { findRevision, parseRevisionNumber } from '../../../ca/configuration/revision-number.ts'
import { openShared, sharedConfigurationFlags } from '../../../ca/configuration/shared.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { printableJson } from '../../../framework/printable.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<revision>]',
  summary: 'show a revision',
  description:
    'mayfly ca config show prints who made a revision of the shared configuration, when and why, its provisioners and its settings; the newest revision if no number is given.',
  example: '$ mayfly ca config show\n$ mayfly ca config show 1 --json',
  completes: [],
  positional: { minimum: 0, maximum: 1 },
  flags: { ...sharedConfigurationFlags, json: { type: 'boolean', help: 'Print JSON.' } },
  async run(invocation) {
    const { io, positional, flags } = invocation
    const number = positional[0] === undefined ? undefined : parseRevisionNumber(positional[0])
    await using shared = await openShared(invocation)
    const revision = await findRevision(shared, number)
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify(revisionToJson(revision), undefined, 2))}\n`
        : formatRevision(revision),
    )
    return 0
  },
})

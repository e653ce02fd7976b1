import type { JsonObject } from '@mayfly/authority-core/config'
import { splitConfiguration } from '@mayfly/authority-core/config'
import type { SharedConfiguration } from '@mayfly/authority-host'
import { formatDifferences } from '../../../ca/configuration/difference-lines.ts'
import { listDifferences } from '../../../ca/configuration/differences.ts'
import { loadDocument } from '../../../ca/configuration/document-file.ts'
import { findRevision, parseRevisionNumber } from '../../../ca/configuration/revision-number.ts'
import { openShared, sharedConfigurationFlags } from '../../../ca/configuration/shared.ts'
import {
  type CommandDefinition,
  defineCommand,
  type Invocation,
} from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { printableJson } from '../../../framework/printable.ts'
import { writeResult } from '../../../framework/report.ts'

const flags = {
  ...sharedConfigurationFlags,
  file: {
    type: 'text',
    value: 'file',
    environment: false,
    help: 'Compare with this file, a ca.json or the shared part of one, as it would be imported.',
  },
  json: { type: 'boolean', help: 'Print JSON.' },
} as const

export const command: CommandDefinition = defineCommand({
  usage: '[<revision> [<revision>]]',
  summary: 'show what differs between two revisions',
  description:
    'mayfly ca config diff shows what differs between two revisions of the shared configuration: the newest and the one before if none is given, one and the newest, two, or one (the newest if left out) and a file. A line begins with + for what is new, - for what is gone and ~ for what changed.',
  example: '$ mayfly ca config diff\n$ mayfly ca config diff 1 2',
  completes: [],
  positional: { minimum: 0, maximum: 2 },
  flags,
  async run(invocation) {
    const { io, flags: values } = invocation
    await using shared = await openShared(invocation)
    const { before, after } = await loadSides(invocation, shared)
    const differences = listDifferences(before, after)
    writeResult(
      io,
      values.json
        ? `${printableJson(JSON.stringify(differences, undefined, 2))}\n`
        : formatDifferences(differences),
    )
    return 0
  },
})

async function loadSides(
  { io, positional, flags: { file } }: Invocation<typeof flags>,
  shared: SharedConfiguration,
): Promise<{ readonly before: JsonObject; readonly after: JsonObject }> {
  const [first, second] = positional.map(parseRevisionNumber)
  if (file !== undefined) {
    if (second !== undefined) {
      throw new CommandError('arguments_wrong', 'two revisions and a file are one too many')
    }
    const { document } = await findRevision(shared, first)
    return { before: document, after: splitConfiguration(await loadDocument(io, file)).shared }
  }
  const latter = await findRevision(shared, second)
  const number = first ?? latter.number - 1
  const former = number === 0 ? {} : (await findRevision(shared, number)).document
  return { before: former, after: latter.document }
}

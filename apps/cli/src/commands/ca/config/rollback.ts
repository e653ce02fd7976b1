import { commitDraft } from '../../../ca/configuration/commit-draft.ts'
import { formatDifferences } from '../../../ca/configuration/difference-lines.ts'
import { listDifferences } from '../../../ca/configuration/differences.ts'
import { reportNewWarnings } from '../../../ca/configuration/document-warnings.ts'
import { findRevision, parseRevisionNumber } from '../../../ca/configuration/revision-number.ts'
import {
  authorship,
  draftFlags,
  openShared,
  sharedConfigurationFlags,
  signingFlags,
} from '../../../ca/configuration/shared.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<revision>',
  summary: 'go back to the document of an earlier revision',
  description:
    'mayfly ca config rollback makes a new revision with the document of an earlier one, and prints what changes by it. The revisions between stay in the history.',
  example: '$ mayfly ca config rollback 1 --configuration-password-file password.txt',
  completes: [],
  positional: { minimum: 1, maximum: 1 },
  flags: { ...sharedConfigurationFlags, ...signingFlags, ...draftFlags },
  async run(invocation) {
    const { io, positional, flags } = invocation
    const number = parseRevisionNumber(positional[0] ?? '')
    await using shared = await openShared(invocation)
    const current = await findRevision(shared, undefined)
    const { document } = await findRevision(shared, number)
    const differences = listDifferences(current.document, document)
    if (differences.length === 0) {
      reportLine(io, `Nothing to do: revision ${current.number} says what revision ${number} says.`)
      return 0
    }
    const { author, comment } = authorship(io, flags)
    reportNewWarnings(io, shared, { former: current.document, document })
    writeResult(io, formatDifferences(differences))
    await commitDraft(io, shared, {
      parent: current.number,
      document,
      author,
      comment: comment === '' ? `rollback to revision ${number}` : comment,
    })
    return 0
  },
})

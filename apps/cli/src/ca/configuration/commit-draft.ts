import type { JsonObject } from '@mayfly/authority-core/config'
import type { SharedConfiguration, TrustedRevision } from '@mayfly/authority-host'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

/** Commits a new document on top of a revision, and says when it is in force. */
export async function commitDraft(
  io: Io,
  shared: SharedConfiguration,
  draft: {
    readonly parent: number
    readonly document: JsonObject
    readonly author: string
    readonly comment: string
  },
): Promise<TrustedRevision> {
  const revision = await shared.commit(draft)
  reportLine(
    io,
    `Success! Revision ${revision.number} is in force: every instance takes it in within a second.`,
  )
  return revision
}

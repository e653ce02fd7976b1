import { HostError, openSharedConfiguration } from '@mayfly/authority-host'
import { printable } from '../../framework/printable.ts'
import { reportFact, reportLine } from '../../framework/report.ts'
import { commitDraft } from '../configuration/commit-draft.ts'
import { findRevision } from '../configuration/revision-number.ts'
import { authorship, configurationPassword } from '../configuration/shared.ts'
import type { ConfigurationInvocation } from './configuration-file.ts'
import {
  assertUsable,
  type KeptProvisioners,
  listProvisioners,
  withProvisioners,
} from './kept-provisioners.ts'

/** The provisioners of the shared configuration: each change is a revision of its own. */
export async function openSharedProvisioners(
  invocation: ConfigurationInvocation,
  path: string,
): Promise<KeptProvisioners> {
  const { io, command, positional, flags } = invocation
  // A name may hold what no comment does.
  const words = printable([command, ...positional].join(' '))
  const comment = flags.comment ?? words.slice(0, longestComment).toWellFormed()
  const shared = await openSharedConfiguration({
    configurationPath: path,
    ...configurationPassword(invocation),
    now: io.now,
  })
  try {
    const { number: openedNumber, document: opened } = await findRevision(shared, undefined)
    reportFact(io, 'CA Configuration', `revision ${openedNumber} of the database`)
    reportLine(io, '')
    return {
      present: listProvisioners(opened),
      async change(change, check) {
        for (let attempt = 1; ; attempt += 1) {
          const { number, document } = await findRevision(shared, undefined)
          const next = withProvisioners(document, change(listProvisioners(document)))
          if (check !== undefined) assertUsable(await shared.prove(next), check)
          try {
            const { author } = authorship(io, flags)
            await commitDraft(io, shared, { parent: number, document: next, author, comment })
            return
          } catch (error) {
            if (!isConflict(error) || attempt === maximumAttempts) throw error
          }
        }
      },
      [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
    }
  } catch (error) {
    await shared[Symbol.asyncDispose]()
    throw error
  }
}

/** As much as a revision keeps. */
const longestComment = 1000

/** How often a change is made anew on what another has written meanwhile. */
const maximumAttempts = 10

function isConflict(error: unknown): boolean {
  return error instanceof HostError && error.code === 'revision_conflict'
}

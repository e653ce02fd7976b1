import type { WriterStatements } from './writer-statements.ts'

/** Tells, within one transaction, whether units were judged by the newest revision of the configuration. */
export interface RevisionCheck {
  isNewest(unit: { readonly revision?: number }): boolean
  /** Looks again at the next unit: a script may have committed a revision. */
  forget(): void
}

/**
 * Creates a {@link RevisionCheck} of the open transaction. It holds the one lock that all writers of the file need, from its
 * beginning: what is newest at its first look is so until it ends. Where no unit names a revision, nothing is looked at.
 */
export function createRevisionCheck(statements: WriterStatements): RevisionCheck {
  let newest: number | undefined
  return {
    isNewest({ revision }) {
      if (revision === undefined) return true
      newest ??= statements.findNewestRevision()?.number ?? 0
      return revision === newest
    },
    forget() {
      newest = undefined
    },
  }
}

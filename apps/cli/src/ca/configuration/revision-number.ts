import type { SharedConfiguration, TrustedRevision } from '@mayfly/authority-host'
import { CommandError } from '../../framework/errors.ts'

/**
 * Reads the number of a revision as it was typed.
 *
 * @throws {CommandError} `arguments_wrong`
 */
export function parseRevisionNumber(text: string): number {
  const number = Number(text)
  if (/^[1-9]\d{0,8}$/.test(text)) return number
  throw new CommandError('arguments_wrong', `'${text}' is not the number of a revision`, {
    hint: "'mayfly ca config history' lists them",
  })
}

/**
 * Finds a revision, the newest where no number is given.
 *
 * @throws {CommandError} `revision_unknown`
 */
export async function findRevision(
  shared: SharedConfiguration,
  number: number | undefined,
): Promise<TrustedRevision> {
  const revision = number === undefined ? await shared.current() : await shared.revision(number)
  if (revision !== undefined) return revision
  if (number === undefined) {
    throw new CommandError('revision_unknown', 'there is no revision yet', {
      hint: "make the first one with 'mayfly ca config import'",
    })
  }
  throw new CommandError('revision_unknown', `there is no revision ${number}`, {
    hint: "'mayfly ca config history' lists them",
  })
}

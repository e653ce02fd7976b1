import type { RevisionEntry, TrustedRevision } from '@mayfly/authority-host'
import { printable } from '../../framework/printable.ts'
import { asObject } from '../provisioner/members.ts'

/** One line of the history: number, time, author, why, and what is wrong with it. */
export function formatEntry({
  number,
  createdAt,
  author,
  comment,
  problem,
}: RevisionEntry): string {
  // Of a row that nobody has signed, even the time may be none.
  const isTime = !Number.isNaN(createdAt.getTime())
  const words = [String(number), isTime ? createdAt.toISOString() : '-', author]
  if (comment !== '') words.push(comment)
  if (problem !== undefined) words.push(`REFUSED: ${problem}`)
  return `${printable(words.join('  '))}\n`
}

/** What a revision says, for people. */
export function formatRevision({
  number,
  createdAt,
  author,
  comment,
  ...rest
}: TrustedRevision): string {
  const { provisioners, ...authority } = asObject(rest.document.authority)
  const list = Array.isArray(provisioners) ? provisioners.map(asObject) : []
  const settings = { ...rest.document, authority }
  const lines = [
    `revision ${number} of ${createdAt.toISOString()} by ${author}`,
    ...(comment === '' ? [] : [comment]),
    `signed by the key ${rest.keyId}`,
    '',
    ...list.map(({ name, type }) => `provisioner ${String(name)} (${String(type)})`),
    '',
    ...JSON.stringify(settings, undefined, 2).split('\n'),
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

/** A revision as JSON, its document as the member of that name. */
export function revisionToJson(revision: TrustedRevision): Readonly<Record<string, unknown>> {
  const { text: _, ...members } = revision
  return members
}

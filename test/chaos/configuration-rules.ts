import {
  type ChangeOperation,
  changesOf,
  type History,
  isKind,
  mayHaveHappened,
  type Observation,
  type SignOperation,
  type Span,
  type Violation,
} from './history.ts'
import { findTwice } from './issuance-rules.ts'

/** The configuration goes forward, by one change after the other, and every instance goes with it. */
export function checkConfiguration(history: History): readonly Violation[] {
  const changes = changesOf(history)
  const requests = findRequests(history)
  const observations = history.operations.filter(isKind('observe'))
  return [
    ...checkRevisions(history, changes),
    ...checkIssuers(history, requests, changes),
    ...checkRefusedIssuers(history, requests, changes),
    ...checkForward(observations),
    ...checkFollowing(history, observations, changes),
  ]
}

/** A request for a certificate, and the provisioner it goes by. */
interface Request extends Span {
  readonly instance: string
  readonly provisioner: string
  readonly answer: SignOperation['answer']
}

/** A renewal goes by the provisioner of the first certificate of its line, where that stands. */
function findRequests({ operations, final }: History): readonly Request[] {
  const signs = operations.filter(isKind('sign'))
  const byToken = new Map(signs.map(({ token, provisioner }) => [token, provisioner]))
  const bySerial = new Map(
    final.certificates.map(({ serial, token }) => [serial, byToken.get(token)]),
  )
  const renewals = operations.filter(isKind('renew')).flatMap((renewal) => {
    const provisioner = bySerial.get(renewal.serial)
    return provisioner === undefined ? [] : [{ ...renewal, provisioner }]
  })
  return [...signs, ...renewals]
}

function checkRevisions(
  { final, operations }: History,
  changes: readonly ChangeOperation[],
): Violation[] {
  const acknowledged = changes.flatMap((change) => revisionOf(change) ?? [])
  const observed = operations.filter(isKind('observe')).map(({ revision }) => revision)
  const standing = new Set(final.revisions)
  return [
    ...findTwice(acknowledged).map((revision): Violation => {
      return { rule: 'revision_twice', detail: `two changes were acknowledged as ${revision}` }
    }),
    ...[...new Set([...acknowledged, ...observed])]
      .filter((revision) => revision !== 0 && !standing.has(revision))
      .map((revision): Violation => {
        const detail = `revision ${revision} was acknowledged and is not in the database`
        return { rule: 'acknowledged_missing', detail }
      }),
  ]
}

/** While a provisioner may have been in force. */
function possibleSpans(
  { provisioners }: History,
  changes: readonly ChangeOperation[],
  provisioner: string,
): readonly Span[] {
  const own = changes.filter((change) => change.provisioner === provisioner)
  const removals = own.filter(({ kind, answer }) => kind === 'remove' && answer.status === 'ok')
  const additions = own.filter((change) => change.kind === 'add' && mayHaveHappened(change))
  const last = (isBefore: (removal: ChangeOperation) => boolean): number =>
    Math.min(Number.POSITIVE_INFINITY, ...removals.filter(isBefore).map(({ end }) => end))
  const isInitial = provisioners.includes(provisioner)
  // What was removed had been there, and so came before, though nobody was told.
  const isOnlyOne = additions.length === 1 && !isInitial
  return [
    ...(isInitial ? [{ begin: Number.NEGATIVE_INFINITY, end: last(() => true) }] : []),
    ...additions.map((addition) => ({
      begin: addition.begin,
      end: last((removal) => isOnlyOne || precedes(addition, removal)),
    })),
  ]
}

/** While a provisioner was in force beyond doubt. */
function certainSpans(
  { provisioners }: History,
  changes: readonly ChangeOperation[],
  provisioner: string,
): readonly Span[] {
  const own = changes.filter((change) => change.provisioner === provisioner)
  const removals = own.filter((change) => change.kind === 'remove' && mayHaveHappened(change))
  const additions = own.filter(({ kind, answer }) => kind === 'add' && answer.status === 'ok')
  const first = (isAfter: (removal: ChangeOperation) => boolean): number =>
    Math.min(Number.POSITIVE_INFINITY, ...removals.filter(isAfter).map(({ begin }) => begin))
  return [
    ...(provisioners.includes(provisioner)
      ? [{ begin: Number.NEGATIVE_INFINITY, end: first(() => true) }]
      : []),
    ...additions.map((addition) => ({
      begin: addition.end,
      end: first((removal) => revisionOf(removal) === undefined || !precedes(removal, addition)),
    })),
  ]
}

function precedes(one: ChangeOperation, other: ChangeOperation): boolean {
  const [first, second] = [revisionOf(one), revisionOf(other)]
  return first !== undefined && second !== undefined ? first < second : one.end < other.begin
}

function revisionOf({ answer }: ChangeOperation): number | undefined {
  return answer.status === 'ok' ? answer.revision : undefined
}

function checkIssuers(
  history: History,
  requests: readonly Request[],
  changes: readonly ChangeOperation[],
): Violation[] {
  const spans = new Map<string, readonly Span[]>()
  return requests.flatMap((request): Violation[] => {
    if (request.answer.status !== 'ok') return []
    const { provisioner, begin, end } = request
    const possible = spans.get(provisioner) ?? possibleSpans(history, changes, provisioner)
    spans.set(provisioner, possible)
    if (possible.some((span) => span.begin <= end && begin <= span.end)) return []
    const detail = `${request.instance} issued by ${provisioner} from ${begin} to ${end}, when it was not in force`
    return [{ rule: 'issued_after_removal', detail }]
  })
}

function checkRefusedIssuers(
  history: History,
  requests: readonly Request[],
  changes: readonly ChangeOperation[],
): Violation[] {
  const spans = new Map<string, readonly Span[]>()
  return requests.flatMap((request): Violation[] => {
    const { answer, provisioner, begin, end, instance } = request
    if (answer.status !== 'refused' || answer.reason !== 'provisioner_unknown') return []
    const certain = spans.get(provisioner) ?? certainSpans(history, changes, provisioner)
    spans.set(provisioner, certain)
    const since = begin - history.followMilliseconds
    if (!certain.some((span) => span.begin < since && end < span.end)) return []
    if (isDisturbed(history, instance, { begin: since, end })) return []
    const detail = `${instance} did not know ${provisioner} from ${begin} to ${end}, when it was in force`
    return [{ rule: 'known_provisioner_refused', detail }]
  })
}

/** An observation that begins when another has ended shows no lower revision, whoever restarted in between. */
function checkForward(observations: readonly Observation[]): Violation[] {
  return [...Map.groupBy(observations, ({ instance }) => instance)].flatMap(([instance, own]) => {
    const byEnd = own.toSorted((one, other) => one.end - other.end)
    return own.flatMap((observation): Violation[] => {
      const earlier = byEnd.filter(({ end }) => end < observation.begin)
      const highest = Math.max(0, ...earlier.map(({ revision }) => revision))
      if (observation.revision >= highest) return []
      const detail = `${instance} went from revision ${highest} back to ${observation.revision}`
      return [{ rule: 'configuration_backwards', detail }]
    })
  })
}

function checkFollowing(
  history: History,
  observations: readonly Observation[],
  changes: readonly ChangeOperation[],
): Violation[] {
  return observations.flatMap(({ instance, begin, end, revision }): Violation[] => {
    const since = begin - history.followMilliseconds
    const due = changes.filter((change) => change.end < since).map(revisionOf)
    const newest = Math.max(0, ...due.map((number) => number ?? 0))
    if (revision >= newest || isDisturbed(history, instance, { begin: since, end })) return []
    const detail = `${instance} was still at revision ${revision} at ${begin}, ${newest} being due`
    return [{ rule: 'configuration_behind', detail }]
  })
}

function isDisturbed({ disruptions }: History, instance: string, { begin, end }: Span): boolean {
  return disruptions.some(
    (disruption) =>
      disruption.instance === instance && disruption.begin <= end && begin <= disruption.end,
  )
}

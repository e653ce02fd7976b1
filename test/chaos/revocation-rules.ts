import {
  type FinalState,
  type History,
  isKind,
  mayHaveHappened,
  type RevokeOperation,
  type Violation,
} from './history.ts'

/** What was acknowledged as revoked stays so, and nothing follows it any more. */
export function checkRevocation(history: History): readonly Violation[] {
  const revocations = history.operations.filter(isKind('revoke'))
  return [
    ...checkStanding(history, revocations),
    ...checkRenewed(history, revocations),
    ...checkDescendants(history, revocations),
    ...checkRefusals(history, revocations),
  ]
}

function checkStanding({ final }: History, revocations: readonly RevokeOperation[]): Violation[] {
  const revoked = new Set(final.revoked)
  return revocations
    .flatMap((revocation) => acknowledgedBy(revocation))
    .filter((serial) => !revoked.has(serial))
    .map((serial) => ({
      rule: 'acknowledged_missing',
      detail: `${serial} was acknowledged as revoked, and is not in the database`,
    }))
}

function checkRenewed(
  { operations }: History,
  revocations: readonly RevokeOperation[],
): Violation[] {
  const knownAt = new Map<string, number>()
  for (const revocation of revocations) {
    for (const serial of acknowledgedBy(revocation)) {
      knownAt.set(serial, Math.min(knownAt.get(serial) ?? Number.POSITIVE_INFINITY, revocation.end))
    }
  }
  return operations
    .filter(isKind('renew'))
    .filter(({ answer }) => answer.status === 'ok')
    .filter(({ serial, begin }) => (knownAt.get(serial) ?? Number.POSITIVE_INFINITY) < begin)
    .map(({ serial, begin }) => ({
      rule: 'renewed_after_revocation',
      detail: `${serial} was renewed at ${begin}, revoked by ${knownAt.get(serial)}`,
    }))
}

/** Revoked with its renewals, no renewal of a certificate is left valid, also one that was under way. */
function checkDescendants(
  { final }: History,
  revocations: readonly RevokeOperation[],
): Violation[] {
  const revoked = new Set(final.revoked)
  const renewals = renewalsOf(final)
  return revocations
    .filter(({ withRenewals, answer }) => withRenewals && answer.status === 'ok')
    .flatMap(({ serial }) => descendantsOf(serial, renewals).map((made) => ({ serial, made })))
    .filter(({ made }) => !revoked.has(made))
    .map(({ serial, made }) => ({
      rule: 'renewal_unrevoked',
      detail: `${made} came of ${serial}, which was revoked with its renewals, and is valid`,
    }))
}

/** A certificate is refused as revoked only if somebody may have revoked it, or what it came of. */
function checkRefusals(
  { operations, final }: History,
  revocations: readonly RevokeOperation[],
): Violation[] {
  const begun = new Map<string, number[]>()
  const renewals = renewalsOf(final)
  for (const revocation of revocations.filter(mayHaveHappened)) {
    const { serial, withRenewals, begin } = revocation
    const meant = withRenewals ? [serial, ...descendantsOf(serial, renewals)] : [serial]
    for (const each of meant) begun.set(each, [...(begun.get(each) ?? []), begin])
  }
  return operations.flatMap((operation): Violation[] => {
    if (operation.kind !== 'renew' && operation.kind !== 'revoke') return []
    const { answer, serial, end } = operation
    if (answer.status !== 'refused') return []
    if (answer.reason !== 'revoked' && answer.reason !== 'already_revoked') return []
    if (begun.get(serial)?.some((at) => at < end)) return []
    const detail = `${operation.kind} of ${serial} was refused as revoked, and nobody had revoked it`
    return [{ rule: 'unexplained_refusal', detail }]
  })
}

function acknowledgedBy({ answer, serial }: RevokeOperation): readonly string[] {
  if (answer.status === 'ok') return [serial, ...answer.serials]
  return answer.status === 'refused' && answer.reason === 'already_revoked' ? [serial] : []
}

/** The serial numbers of what each certificate was renewed into. */
function renewalsOf({ certificates }: FinalState): ReadonlyMap<string, readonly string[]> {
  const renewals = new Map<string, string[]>()
  for (const { serial, predecessor } of certificates) {
    if (predecessor === undefined) continue
    renewals.set(predecessor, [...(renewals.get(predecessor) ?? []), serial])
  }
  return renewals
}

function descendantsOf(
  serial: string,
  renewals: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const found = new Set<string>()
  const open = [serial]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const made of renewals.get(next) ?? []) {
      if (!found.has(made)) open.push(made)
      found.add(made)
    }
  }
  return [...found]
}

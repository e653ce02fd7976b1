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
    ...checkKin(history, revocations),
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

/** Revoked with its renewals, none of them and no other with its key is left valid, also not one that was under way. */
function checkKin({ final }: History, revocations: readonly RevokeOperation[]): Violation[] {
  const revoked = new Set(final.revoked)
  const findKin = kinFinder(final)
  return revocations
    .filter(({ withRenewals, answer }) => withRenewals && answer.status === 'ok')
    .flatMap(({ serial }) => findKin(serial).map((kin) => ({ serial, kin })))
    .filter(({ kin }) => !revoked.has(kin))
    .map(({ serial, kin }) => ({
      rule: 'kin_unrevoked',
      detail: `${kin} is kin of ${serial}, which was revoked with its renewals, and is valid`,
    }))
}

/** A certificate is refused as revoked only if somebody may have revoked it, or its kin. */
function checkRefusals(
  { operations, final }: History,
  revocations: readonly RevokeOperation[],
): Violation[] {
  const begun = new Map<string, number[]>()
  const findKin = kinFinder(final)
  for (const revocation of revocations.filter(mayHaveHappened)) {
    const { serial, withRenewals, begin } = revocation
    const meant = withRenewals ? [serial, ...findKin(serial)] : [serial]
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

/** Finds the other certificates of a key, what any of them was renewed into, and so on. */
function kinFinder({ certificates }: FinalState): (serial: string) => readonly string[] {
  const bySerial = new Map(certificates.map((each) => [each.serial, each]))
  const byKey = Map.groupBy(certificates, ({ key }) => key)
  const byPredecessor = Map.groupBy(certificates, ({ predecessor }) => predecessor)
  return (serial) => {
    const found = new Set([serial])
    for (const next of found) {
      const key = bySerial.get(next)?.key
      const kin = [...(byKey.get(key ?? '') ?? []), ...(byPredecessor.get(next) ?? [])]
      for (const each of kin) found.add(each.serial)
    }
    found.delete(serial)
    return [...found]
  }
}

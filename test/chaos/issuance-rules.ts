import {
  type History,
  isKind,
  mayHaveHappened,
  type RenewOperation,
  type SignOperation,
  type Violation,
} from './history.ts'

/** What is acknowledged stands; a serial number, and a token, is good for one certificate. */
export function checkIssuance(history: History): readonly Violation[] {
  const signs = history.operations.filter(isKind('sign'))
  const renewals = history.operations.filter(isKind('renew'))
  return [
    ...checkAcknowledged(history, [...signs, ...renewals]),
    ...checkSerials(history, [...signs, ...renewals]),
    ...checkTokens(history, signs),
    ...checkRefusedTokens(history, signs),
    ...checkAsked(history, signs, renewals),
    ...checkWhole(history),
  ]
}

type Issuance = SignOperation | RenewOperation

function serialsOf(issuances: readonly Issuance[]): readonly string[] {
  return issuances.flatMap(({ answer }) => (answer.status === 'ok' ? [answer.serial] : []))
}

function checkAcknowledged({ final }: History, issuances: readonly Issuance[]): Violation[] {
  const standing = new Set(final.certificates.map(({ serial }) => serial))
  return serialsOf(issuances)
    .filter((serial) => !standing.has(serial))
    .map((serial) => ({
      rule: 'acknowledged_missing',
      detail: `certificate ${serial} was given out and is not in the database`,
    }))
}

function checkSerials({ final }: History, issuances: readonly Issuance[]): Violation[] {
  return [
    ...findTwice(serialsOf(issuances)).map((serial) => `${serial} was given out twice`),
    ...findTwice(final.certificates.map(({ serial }) => serial)).map(
      (serial) => `${serial} is in the database twice`,
    ),
  ].map((detail) => ({ rule: 'serial_twice', detail }))
}

function checkTokens({ final }: History, signs: readonly SignOperation[]): Violation[] {
  const accepted = signs.filter(({ answer }) => answer.status === 'ok').map(({ token }) => token)
  const paid = final.certificates.filter(isFirst).map(({ token }) => token)
  return [
    ...findTwice(accepted).map((token) => `${token} was accepted twice`),
    ...findTwice(paid).map((token) => `${token} has paid for two certificates in the database`),
  ].map((detail) => ({ rule: 'token_twice', detail }))
}

/** A token counts as used only if another request may have used it, and then one certificate stands for it. */
function checkRefusedTokens({ final }: History, signs: readonly SignOperation[]): Violation[] {
  const paid = new Set(final.certificates.filter(isFirst).map(({ token }) => token))
  const byToken = Map.groupBy(signs, ({ token }) => token)
  return signs.flatMap((refused): Violation[] => {
    const { answer, token } = refused
    if (answer.status !== 'refused' || answer.reason !== 'token_used') return []
    const rule = 'fresh_token_refused'
    const isExplained = byToken
      .get(token)
      ?.some((other) => other !== refused && mayHaveHappened(other) && other.begin < refused.end)
    if (!isExplained) return [{ rule, detail: `${token} was refused as used, and was fresh` }]
    if (paid.has(token)) return []
    return [{ rule, detail: `${token} was refused as used, and no certificate stands for it` }]
  })
}

/** Nothing stands but what somebody asked for and was not refused. */
function checkAsked(
  { final }: History,
  signs: readonly SignOperation[],
  renewals: readonly RenewOperation[],
): Violation[] {
  const tokens = new Set(signs.filter(mayHaveHappened).map(({ token }) => token))
  const renewed = Map.groupBy(renewals.filter(mayHaveHappened), ({ serial }) => serial)
  const byPredecessor = Map.groupBy(final.certificates, ({ predecessor }) => predecessor)
  return [
    ...(byPredecessor.get(undefined) ?? [])
      .filter(({ token }) => !tokens.has(token))
      .map(({ serial, token }) => `certificate ${serial} stands, and ${token} was refused`),
    ...[...byPredecessor]
      .filter(([predecessor, made]) => {
        if (predecessor === undefined) return false
        return made.length > (renewed.get(predecessor)?.length ?? 0)
      })
      .map(([predecessor, made]) => `${made.length} renewals of ${predecessor} stand, too many`),
  ].map((detail) => ({ rule: 'unasked_certificate', detail }))
}

/** A first certificate and its spent token come to stand together. */
function checkWhole({ final }: History): Violation[] {
  const firsts = new Set(final.certificates.filter(isFirst).map(({ serial }) => serial))
  const spentFor = new Set(final.spentFor)
  return [
    ...[...firsts]
      .filter((serial) => !spentFor.has(serial))
      .map((serial) => `certificate ${serial} stands, and the token it cost is not spent`),
    ...final.spentFor
      .filter((serial) => !firsts.has(serial))
      .map((serial) => `a token is spent for ${serial}, which is no first certificate`),
    ...findTwice(final.spentFor).map((serial) => `two tokens are spent for ${serial}`),
  ].map((detail) => ({ rule: 'half_done', detail }))
}

function isFirst({ predecessor }: { readonly predecessor?: string }): boolean {
  return predecessor === undefined
}

/** What a list holds more than once. */
export function findTwice<T>(values: readonly T[]): readonly T[] {
  const seen = new Set<T>()
  const twice = new Set<T>()
  for (const value of values) (seen.has(value) ? twice : seen).add(value)
  return [...twice]
}

import { StoreError } from '../errors.ts'
import type { IssuanceOutcome, IssuanceUnit } from '../issuance-unit.ts'
import { parseSerialNumber } from '../rows/serial-number.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { maximumAttempts, pauseBeforeAttempt, translateFault, uncertainError } from './faults.ts'
import { encodeIssuanceRows, type IssuanceRows } from './issuance-rows.ts'
import { keyOf } from './octets.ts'
import { findRivals, outcomeAmong } from './rivals.ts'
import type { ServerConnection, ServerDatabase } from './server-database.ts'
import { isConnectionSpent } from './server-faults.ts'

/** What became of a unit of a batch. */
export type IssuanceResult =
  | { readonly outcome: IssuanceOutcome }
  | { readonly outcome: undefined; readonly error: unknown }

/** Where a batch is written. */
export interface BatchTarget {
  readonly database: ServerDatabase
  readonly pool: ConnectionPool<ServerConnection>
  /** For how long a unit is tried again. */
  readonly retryMilliseconds: number
}

/**
 * Commits a closed batch of units, and returns one result a unit, in their order.
 *
 * All are written in one transaction, in the hope that none has lost its claim. If a key is taken, who lost is read from
 * the database, told so, and the others are written again. If the transaction fails otherwise each unit goes
 * alone, so that a bad one cannot fail its neighbours.
 */
export async function commitIssuances(
  target: BatchTarget,
  units: readonly IssuanceUnit[],
): Promise<readonly IssuanceResult[]> {
  const entries = units.map((unit) => new Entry(unit))
  for (let open = unsettled(entries); open.length > 0; open = unsettled(open)) {
    const group = firstOfEachKey(open)
    await commitGroup(target, group)
    settleThoseOutrun(open, group)
    settleThoseFinalized(open, group)
  }
  return entries.map(({ result }) => result ?? failed(new Error('a unit was given no result')))
}

class Entry {
  readonly #rows: IssuanceRows | undefined
  /** Set once; what is settled is written no more. */
  result: IssuanceResult | undefined
  /** Whether a transaction that held this unit has ended unseen: what is found of it may be its own. */
  uncertain = false

  constructor(unit: IssuanceUnit) {
    try {
      this.#rows = encodeIssuanceRows(unit)
    } catch (error) {
      this.result = failed(error)
    }
  }

  get rows(): IssuanceRows {
    if (this.#rows === undefined) throw new TypeError('the unit cannot be kept')
    return this.#rows
  }
}

function failed(error: unknown): IssuanceResult {
  return { outcome: undefined, error }
}

function unsettled(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ result }) => result === undefined)
}

/** One statement would take the same token twice, or finalize the same order: of those that clash, the first goes now. */
function firstOfEachKey(entries: readonly Entry[]): readonly Entry[] {
  const taken = new Set<string>()
  return entries.filter(({ rows: { token, nonce, order, certificate } }) => {
    const keys = [`serial ${keyOf(certificate.serial)}`]
    if (token) keys.push(`token ${keyOf(token.id)}`)
    if (nonce) keys.push(`nonce ${keyOf(nonce.id)}`)
    if (order) keys.push(`order ${order.id}`)
    if (keys.some((key) => taken.has(key))) return false
    for (const key of keys) taken.add(key)
    return true
  })
}

/**
 * Those of the batch whose order was just finalized by another of the batch, or whose nonce was spent, need not ask the
 * database.
 */
function settleThoseFinalized(open: readonly Entry[], group: readonly Entry[]): void {
  const committed = group.filter(({ result }) => result?.outcome?.status === 'committed')
  const nonces = new Set(committed.flatMap(({ rows: { nonce } }) => (nonce ? keyOf(nonce.id) : [])))
  const orders = new Set(committed.flatMap(({ rows: { order } }) => order?.id ?? []))
  for (const entry of unsettled(open)) {
    const { nonce, order } = entry.rows
    if (nonce && nonces.has(keyOf(nonce.id))) {
      entry.result = { outcome: { status: 'nonce_spent' } }
    } else if (order && orders.has(order.id)) {
      entry.result = { outcome: { status: 'order_lost' } }
    }
  }
}

/**
 * Those of the batch whose token was just spent by another of the batch need not ask the database: had their predecessor
 * been revoked, the other would not have been committed. Only a renewal of something else must ask.
 */
function settleThoseOutrun(open: readonly Entry[], group: readonly Entry[]): void {
  const winners = new Map<string, IssuanceRows>()
  for (const { result, rows } of group) {
    if (result?.outcome?.status !== 'committed' || rows.token === undefined) continue
    winners.set(keyOf(rows.token.id), rows)
  }
  for (const entry of unsettled(open)) {
    const { token, renewed } = entry.rows
    const winner = token && winners.get(keyOf(token.id))
    if (winner === undefined || !(renewed === undefined || isSame(renewed, winner.renewed)))
      continue
    const spentBy = parseSerialNumber(winner.certificate.serial)
    entry.result = { outcome: { status: 'token_spent', spentBy } }
  }
}

function isSame(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return right !== undefined && Buffer.compare(left, right) === 0
}

/** Settles every entry; no two of them clash. */
async function commitGroup(target: BatchTarget, group: readonly Entry[]): Promise<void> {
  const { database, pool, retryMilliseconds } = target
  const begun = performance.now()
  for (let attempt = 0; ; attempt++) {
    if (areMixed(unsettled(group))) await settleLosers(target, unsettled(group))
    const open = unsettled(group)
    if (open.length === 0) return
    if (areMixed(open)) return commitEach(target, open)
    const rows = open.map((entry) => entry.rows)
    try {
      await pool.use((connection) => connection.insertIssuances(rows, revisionOf(open)), {
        first: true,
      })
      for (const entry of open) entry.result = { outcome: { status: 'committed' } }
      return
    } catch (error) {
      const fault = error instanceof StoreError ? undefined : database.faultOf(error)
      const again = attempt < maximumAttempts && performance.now() - begun < retryMilliseconds
      if (fault?.kind === 'conflict' && again) {
        await settleLosers(target, open)
        await waitForUnseen(target, open, attempt)
      } else if (fault?.kind === 'transient' && again) {
        await pauseBeforeAttempt(attempt)
      } else if (fault?.kind === 'lost') {
        for (const entry of open) entry.uncertain = true
        await settleLosers(target, open)
        if (!again) return fail(target, open, error)
        await pauseBeforeAttempt(attempt)
      } else if (fault && isConnectionSpent(fault) && attempt < 1) {
        // The next connection may lead to the server that has taken the place of this one.
        await pauseBeforeAttempt(attempt)
      } else if (fault === undefined || open.length === 1) {
        return fail(target, open, error)
      } else {
        return commitEach(target, open)
      }
    }
  }
}

/**
 * What is still open and uncertain was overtaken by a change of the configuration: its earlier attempt may be committed
 * yet, if that began before the change. For a moment that is waited for.
 */
async function waitForUnseen(
  target: BatchTarget,
  open: readonly Entry[],
  attempt: number,
): Promise<void> {
  const unseen = unsettled(open).filter(({ uncertain }) => uncertain)
  if (unseen.length === 0) return
  if (attempt < maximumLooks) return pauseBeforeAttempt(attempt)
  const message = `${target.database.address}: the configuration has changed meanwhile`
  fail(target, unseen, new StoreError('store_busy', message))
}

/** Some 100 milliseconds: others wait behind these. */
const maximumLooks = 8

async function commitEach(target: BatchTarget, entries: readonly Entry[]): Promise<void> {
  await Promise.all(entries.map((entry) => commitGroup(target, [entry])))
}

/** The configuration changes while units come in: those that name different revisions cannot all be committed. */
function areMixed(entries: readonly Entry[]): boolean {
  return new Set(entries.flatMap(({ rows }) => rows.revision ?? [])).size > 1
}

function revisionOf(entries: readonly Entry[]): number | undefined {
  return entries.find(({ rows }) => rows.revision !== undefined)?.rows.revision
}

/**
 * Asks what stands in the way of these, and tells those that lost their claim so. After a lost connection it also
 * tells who was committed unseen. Writing the others again is safe: a serial number stands once, whichever attempt
 * wrote it.
 */
async function settleLosers(target: BatchTarget, open: readonly Entry[]): Promise<void> {
  try {
    const rivals = await findRivals(
      target.pool,
      open.map(({ rows }) => rows),
    )
    for (const entry of open) {
      const outcome = outcomeAmong(rivals, entry.rows, { maybeOwn: entry.uncertain })
      if (outcome !== undefined) entry.result = { outcome }
    }
  } catch (error) {
    // A connection lost over the question: whoever asks tries again.
    const lost = !(error instanceof StoreError) && target.database.faultOf(error).kind === 'lost'
    if (!lost) fail(target, open, error)
  }
}

function fail({ database }: BatchTarget, entries: readonly Entry[], error: unknown): void {
  for (const entry of unsettled(entries)) {
    entry.result = failed(
      entry.uncertain ? uncertainError(database, error) : translateFault(database, error),
    )
  }
}

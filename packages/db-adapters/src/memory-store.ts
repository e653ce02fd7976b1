import { StoreError } from './errors.ts'
import type { Claim, IssuanceOutcome, IssuanceUnit, TokenClaim } from './issuance-unit.ts'
import type { Store } from './store.ts'

/** Bounds of a store without a database. */
export interface MemoryStoreOptions {
  /** How many spent tokens are remembered at once, 1,000,000 by default (about 150 MB). */
  readonly maximumSpentTokens?: number
}

/**
 * Creates the store of an authority without a database: it remembers spent tokens while the process
 * lives, and nothing else.
 *
 * A token is forgotten ten minutes after it expires, by the time of the units that come in. When too
 * many unexpired ones are spent, further tokens are refused with `store_full` rather than an old one
 * becoming usable again.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const spent = new SpentTokens(options.maximumSpentTokens ?? 1_000_000)
  let closed = false

  async function whileOpen<T>(work: () => T): Promise<T> {
    if (closed) throw new StoreError('store_closed', 'the store in memory is closed')
    return work()
  }

  async function close(): Promise<void> {
    closed = true
    spent.clear()
  }

  return {
    kind: 'memory',
    persistent: false,
    revisions: {
      findCurrentNumber: () => whileOpen(refuseShared),
      findRevision: () => whileOpen(refuseShared),
      listRevisions: () => whileOpen(refuseShared),
      commitRevision: () => whileOpen(refuseShared),
    },
    leases: {
      acquireLease: () => whileOpen(refuseShared),
      releaseLease: () => whileOpen(refuseShared),
      listLeases: () => whileOpen(refuseShared),
    },
    imports: {
      findImport: () => whileOpen(refuseShared),
      listUnfinished: () => whileOpen(refuseShared),
      commitPart: () => whileOpen(refuseShared),
      findCertificates: () => whileOpen(refuseShared),
      findRevoked: () => whileOpen(refuseShared),
      findSpent: () => whileOpen(refuseShared),
      findAccounts: () => whileOpen(refuseShared),
      findAccountsByKey: () => whileOpen(refuseShared),
      findExternalAccountKeys: () => whileOpen(refuseShared),
      findOrders: () => whileOpen(refuseShared),
    },
    acme: {
      spendNonce: () => whileOpen(refuseShared),
      findNonceKeys: () => whileOpen(refuseShared),
      commitNonceKey: () => whileOpen(refuseShared),
      createAccount: () => whileOpen(refuseShared),
      findAccount: () => whileOpen(refuseShared),
      findAccountByKey: () => whileOpen(refuseShared),
      updateAccount: () => whileOpen(refuseShared),
      deactivateAccount: () => whileOpen(refuseShared),
      changeAccountKey: () => whileOpen(refuseShared),
      listAccounts: () => whileOpen(refuseShared),
      createExternalAccountKey: () => whileOpen(refuseShared),
      findExternalAccountKey: () => whileOpen(refuseShared),
      listExternalAccountKeys: () => whileOpen(refuseShared),
      removeExternalAccountKey: () => whileOpen(refuseShared),
      createOrder: () => whileOpen(refuseShared),
      findOrder: () => whileOpen(refuseShared),
      findOrderBySerialNumber: () => whileOpen(refuseShared),
      findOrderByCertificate: () => whileOpen(refuseShared),
      listOrders: () => whileOpen(refuseShared),
      listAllOrders: () => whileOpen(refuseShared),
      countOrders: () => whileOpen(refuseShared),
      findAuthorization: () => whileOpen(refuseShared),
      countAuthorizations: () => whileOpen(refuseShared),
      findAuthorized: () => whileOpen(refuseShared),
      deactivateAuthorization: () => whileOpen(refuseShared),
      beginChallenge: () => whileOpen(refuseShared),
      completeChallenge: () => whileOpen(refuseShared),
      failChallenge: () => whileOpen(refuseShared),
      retryChallenge: () => whileOpen(refuseShared),
      findStalledChallenges: () => whileOpen(refuseShared),
    },
    retention: {
      prune: () => whileOpen(refuseShared),
      countDue: () => whileOpen(refuseShared),
    },
    statistics: { readStatistics: () => whileOpen(refuseShared) },
    backups: {
      writeBackup: () => whileOpen(refuseShared),
      verifyBackup: () => whileOpen(refuseShared),
      restoreBackup: () => whileOpen(refuseShared),
      findRestore: () => whileOpen(refuseShared),
    },
    readClock: () => whileOpen(refuseShared),
    commitIssuance: (unit) => whileOpen(() => commitIssuance(spent, unit)),
    commitRevocation: () => whileOpen(refuseRevocation),
    findCertificate: () => whileOpen(() => undefined),
    findRevocation: () => whileOpen(() => undefined),
    findStanding: () => whileOpen(() => ({ record: undefined, isRevoked: false })),
    isTokenSpent: (tokenId) => whileOpen(() => spent.has(tokenId)),
    listCertificates: () => whileOpen(() => []),
    countCertificates: () => whileOpen(() => 0),
    ping: () => whileOpen(() => undefined),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function commitIssuance(spent: SpentTokens, unit: IssuanceUnit): IssuanceOutcome {
  const token = tokenOf(unit.claim)
  if (token === undefined) return { status: 'committed' }
  spent.forgetExpired(unit.audit.at)
  return spent.spend(token, unit.certificate.serialNumber)
}

function tokenOf(claim: Claim): TokenClaim | undefined {
  switch (claim.kind) {
    case 'none':
      return undefined
    case 'token':
      return claim
    case 'renewal':
      return claim.token
    case 'order':
      return refuseShared()
  }
}

function refuseRevocation(): never {
  throw new StoreError('store_unsupported', 'nothing can be revoked without a database', {
    hint: 'configure a database',
  })
}

function refuseShared(): never {
  throw new StoreError('store_unsupported', 'nothing is shared without a database', {
    hint: 'configure a database',
  })
}

/** Spent tokens, in buckets of one minute by their expiry, so that the expired go without a search. */
class SpentTokens {
  readonly #maximum: number
  readonly #spentBy = new Map<string, bigint>()
  readonly #expiring = new Map<number, string[]>()
  #sweptMinute = Number.NEGATIVE_INFINITY

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  has(tokenId: Uint8Array): boolean {
    return this.#spentBy.has(keyOf(tokenId))
  }

  spend({ tokenId, expiresAt }: TokenClaim, serialNumber: bigint): IssuanceOutcome {
    const key = keyOf(tokenId)
    const minute = minuteOf(expiresAt)
    const spentBy = this.#spentBy.get(key)
    if (spentBy !== undefined) return { status: 'token_spent', spentBy }
    if (this.#spentBy.size >= this.#maximum) {
      throw new StoreError('store_full', `${this.#maximum} unexpired tokens are spent already`, {
        hint: 'configure a database, or let tokens live for a shorter time',
      })
    }
    this.#spentBy.set(key, serialNumber)
    const bucket = this.#expiring.get(minute)
    if (bucket === undefined) this.#expiring.set(minute, [key])
    else bucket.push(key)
    return { status: 'committed' }
  }

  forgetExpired(now: Date): void {
    const nowMinute = minuteOf(now)
    if (nowMinute === this.#sweptMinute) return
    this.#sweptMinute = nowMinute
    for (const [minute, keys] of this.#expiring) {
      if (minute + graceMinutes >= nowMinute) continue
      for (const key of keys) this.#spentBy.delete(key)
      this.#expiring.delete(minute)
    }
  }

  clear(): void {
    this.#spentBy.clear()
    this.#expiring.clear()
  }
}

/** Clocks are set back, and a token is still good for a minute after its `exp`. */
const graceMinutes = 10

function minuteOf(date: Date): number {
  const minute = Math.floor(date.getTime() / 60_000)
  if (Number.isNaN(minute)) throw new TypeError('an invalid date cannot be kept')
  return minute
}

function keyOf(tokenId: Uint8Array): string {
  return Buffer.from(tokenId).toString('base64')
}

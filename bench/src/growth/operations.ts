import { randomInt } from 'node:crypto'
import type { Store } from '../../../packages/db-adapters/src/index.ts'
import type { Population } from '../bulk/population.ts'

/** A store of some size, filled with a population. */
export interface FilledStore {
  readonly store: Store
  readonly population: Population
  /** How many certificates it was filled with. */
  readonly rows: number
  /** A number that no certificate or token in the store was made from; a larger one in each call. */
  next(): number
}

/** What is measured: what a store is asked for one request. */
export interface Operation {
  readonly name: string
  /** How many are measured for one that `--count` asks for: some are dear. */
  readonly share: number
  /** Done by one caller after the other, and after all other operations. */
  readonly isAlone?: boolean
  /** Does what is not to be measured, and returns what is; `undefined` when a small store has no more for it. */
  prepare(filled: FilledStore): Promise<(() => Promise<void>) | undefined>
}

export const operations: readonly Operation[] = [
  {
    name: 'sign',
    share: 1,
    async prepare({ store, population, next }) {
      const unit = population.firstIssue(next())
      const { claim } = unit
      return async () => {
        if (claim.kind === 'token') await store.isTokenSpent(claim.tokenId)
        await expectStatus('committed', store.commitIssuance(unit))
      }
    },
  },
  {
    name: 'renew',
    share: 1,
    async prepare({ store, population, rows, next }) {
      // Those that a fleet renews are its newest.
      const predecessor = rows - 1 - randomInt(Math.ceil(rows / 100))
      const { serialNumber } = population.record(predecessor)
      const unit = population.renewal(next(), predecessor)
      return async () => {
        await store.findStanding(serialNumber)
        await expectStatus('committed', store.commitIssuance(unit))
      }
    },
  },
  {
    name: 'look up by serial',
    share: 1,
    async prepare({ store, population, rows }) {
      // The older half may have been pruned.
      const { serialNumber } = population.record(rows - 1 - randomInt(Math.ceil(rows / 2)))
      return async () => {
        const found = await store.findCertificate(serialNumber)
        if (found?.serialNumber !== serialNumber) throw new Error(`${serialNumber} is not found`)
      }
    },
  },
  {
    name: 'list 100',
    share: 0.1,
    async prepare({ store, population, rows }) {
      const after = population.record(randomInt(rows)).serialNumber
      return async () => {
        await store.listCertificates({ after, limit: 100 })
      }
    },
  },
  {
    name: 'revoke',
    share: 0.05,
    prepare: (filled) => prepareRevocation(filled, {}),
  },
  {
    name: 'revoke with 30 kin',
    share: 0.003,
    prepare: (filled) => prepareRevocation(filled, { withRenewals: {} }),
  },
  {
    name: 'prune 10',
    share: 0.01,
    isAlone: true,
    async prepare({ store }) {
      // All tokens first, which a pruning begins with.
      const rules = { certificatesSeconds: 1e9, renewalAfterExpirySeconds: 0 }
      await store.retention.prune({ rules, pauseMilliseconds: 0 })
      return () => pruneOnce(store, 10)
    },
  },
]

/** Deletes so many certificates, if there are. */
async function pruneOnce(store: Store, batchSize: number): Promise<void> {
  const stop = new AbortController()
  await store.retention.prune({
    rules: { certificatesSeconds: 86_400, renewalAfterExpirySeconds: 0 },
    batchSize,
    pauseMilliseconds: 0,
    signal: stop.signal,
    onProgress: ({ certificates }) => {
      if (certificates >= batchSize) stop.abort()
    },
  })
}

/** One of the older half: what is renewed is among the newer. */
async function prepareRevocation(
  { store, population, rows }: FilledStore,
  kin: { readonly withRenewals?: Record<string, never> },
): Promise<(() => Promise<void>) | undefined> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { serialNumber } = population.record(randomInt(Math.ceil(rows / 2)))
    if ((await store.findRevocation(serialNumber)) !== undefined) continue
    return async () => {
      await store.commitRevocation({ ...revocationOf(serialNumber), ...kin })
    }
  }
  return undefined
}

function revocationOf(serialNumber: bigint): Parameters<Store['commitRevocation']>[0] {
  const revokedAt = new Date()
  const provisionerId = 'bench'
  return {
    revocation: {
      serialNumber,
      reasonCode: 1,
      reason: 'keyCompromise',
      revokedAt,
      provisionerId,
      mutualTls: true,
    },
    audit: { at: revokedAt, action: 'revoke', serialNumber, provisionerId, requestId: 'bench' },
  }
}

async function expectStatus(
  wanted: string,
  outcome: Promise<{ readonly status: string }>,
): Promise<void> {
  const { status } = await outcome
  if (status !== wanted) throw new Error(`the outcome is ${status}, not ${wanted}`)
}

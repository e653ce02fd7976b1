import { afterAll, beforeAll, describe } from 'vitest'
import type { Store } from '../store.ts'
import { describeAcmeAccounts } from './acme-accounts.ts'
import { describeAcmeChallenges } from './acme-challenges.ts'
import { describeAcmeFinalization } from './acme-finalization.ts'
import { describeAcmeNonces } from './acme-nonces.ts'
import { describeAcmeOrders } from './acme-orders.ts'
import { describeAcmeRetention } from './acme-retention.ts'
import type { ContractStore } from './contract-store.ts'

/** Three stores on the same data. */
export type AcmeStores = readonly [Store, Store, Store]

/** How often it is tried. */
export interface AcmeCounts {
  /** For what two do at the same moment. */
  readonly rounds: number
}

/** What every persistent store must pass for ACME. Called at the top level of a vitest file. */
export function acmeContract(
  name: string,
  openStore: () => Promise<ContractStore>,
  counts: AcmeCounts = { rounds: 20 },
): void {
  describe(name, () => {
    let opened: ContractStore | undefined
    let stores: AcmeStores | undefined
    // Every test makes accounts of its own, and none looks at those of others.
    beforeAll(async () => {
      opened = await openStore()
      stores = [opened.store, await opened.openAnother(), await opened.openAnother()]
    })
    afterAll(() => opened?.dispose())

    const current = (): AcmeStores => {
      if (stores === undefined) throw new Error('the stores are open only while the tests run')
      return stores
    }
    describeAcmeNonces(current)
    describeAcmeAccounts(current)
    describeAcmeOrders(current, counts)
    describeAcmeChallenges(current, counts)
    describeAcmeFinalization(current, counts)
    describeAcmeRetention(current)
  })
}

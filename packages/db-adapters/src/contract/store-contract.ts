import { afterEach, beforeEach, describe } from 'vitest'
import type { Store } from '../store.ts'
import type { ContractStore } from './contract-store.ts'
import { describeImports } from './imports.ts'
import { describeIssuance } from './issuance.ts'
import { describeLeases } from './leases.ts'
import { describeLife } from './life.ts'
import { describeOneTime } from './one-time.ts'
import { describeRenewal } from './renewal.ts'
import { describeRetention } from './retention.ts'
import { describeRevisionCheck } from './revision-check.ts'
import { describeRevisions } from './revisions.ts'
import { describeRevocation } from './revocation.ts'
import { describeStanding } from './standing.ts'

/** The suite that every persistent store must pass. Called at the top level of a vitest file. */
export function storeContract(name: string, openStore: () => Promise<ContractStore>): void {
  describe(name, () => {
    let opened: ContractStore | undefined
    beforeEach(async () => {
      opened = await openStore()
    })
    afterEach(async () => {
      await opened?.dispose()
      opened = undefined
    })

    const current = (): ContractStore => {
      if (opened === undefined) throw new Error('the store is open only while a test runs')
      return opened
    }
    describeOneTime(() => current().store)
    describeIssuance(current)
    describeRenewal(current)
    describeRevocation(current)
    describeStanding(current)
    describeRevisions(current)
    describeRevisionCheck(current)
    describeLeases(current)
    describeImports(current)
    describeRetention(current)
    describeLife(current)
  })
}

/** The part of the suite that a store must pass even if it keeps spent tokens only. */
export function tokenContract(name: string, createStore: () => Store): void {
  describe(name, () => {
    let store = createStore()
    beforeEach(() => {
      store = createStore()
    })
    afterEach(() => store.close())
    describeOneTime(() => store)
  })
}

import type { SqlTarget } from '../sql/sql-target.ts'
import { createAccounts } from './accounts.ts'
import type { AcmeStore } from './acme-store.ts'
import { createChallenges } from './challenges.ts'
import { createChangeMaker } from './change.ts'
import { createExternalAccountKeys } from './external-account-keys.ts'
import { createNonces } from './nonces.ts'
import { createOrders } from './orders.ts'

/** Creates the {@link AcmeStore} of a database. */
export function createAcmeStore(target: SqlTarget): AcmeStore {
  const { spending, ...nonces } = createNonces(target)
  const changes = createChangeMaker(target, { spending, ...nonces })
  return {
    ...nonces,
    ...createAccounts(target, changes),
    ...createExternalAccountKeys(target),
    ...createOrders(target, changes),
    ...createChallenges(target, changes),
  }
}

import { acmeContract } from '@mayfly/db-adapters/contract'
import { openContractStore } from '../support/sqlite-store.ts'

acmeContract('ACME in an SQLite store', openContractStore)

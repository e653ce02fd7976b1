import { storeContract } from '@mayfly/db-adapters/contract'
import { openContractStore } from './support/sqlite-store.ts'

storeContract('an SQLite store', openContractStore)

import { acmeContract } from '@mayfly/db-adapters/contract'
import { acmeCounts } from '../support/acme-counts.ts'
import { openContractStore } from '../support/sqlite-store.ts'

acmeContract('ACME in an SQLite store', openContractStore, acmeCounts)

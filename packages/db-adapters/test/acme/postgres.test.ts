import { acmeContract } from '@mayfly/db-adapters/contract'
import { acmeCounts } from '../support/acme-counts.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { describeServer, openContractStore } from '../support/test-server.ts'

await describeServer(postgresServer, (database) => {
  acmeContract('ACME in a PostgreSQL store', () => openContractStore(database), acmeCounts)
})

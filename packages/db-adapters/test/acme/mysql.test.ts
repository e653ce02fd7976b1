import { acmeContract } from '@mayfly/db-adapters/contract'
import { acmeCounts } from '../support/acme-counts.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { describeServer, openContractStore } from '../support/test-server.ts'

await describeServer(mysqlServer, (database) => {
  acmeContract('ACME in a MySQL store', () => openContractStore(database), acmeCounts)
})

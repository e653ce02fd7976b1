import { storeContract } from '@mayfly/db-adapters/contract'
import { mysqlServer } from './support/mysql-server.ts'
import { describeServer, openContractStore } from './support/test-server.ts'

await describeServer(mysqlServer, (database) => {
  storeContract('a MySQL store', () => openContractStore(database))
})

import { storeContract } from '@mayfly/db-adapters/contract'
import { afterAll } from 'vitest'
import { mysqlServer } from './support/mysql-server.ts'
import { describeServer, openContractStore } from './support/test-server.ts'

await describeServer(mysqlServer, (database) => {
  afterAll(() => database[Symbol.asyncDispose]())
  storeContract('a MySQL store', () => openContractStore(database))
})

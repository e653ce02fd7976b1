import { storeContract } from '@mayfly/db-adapters/contract'
import { afterAll } from 'vitest'
import { postgresServer } from './support/postgres-server.ts'
import { describeServer, openContractStore } from './support/test-server.ts'

await describeServer(postgresServer, (database) => {
  afterAll(() => database[Symbol.asyncDispose]())
  storeContract('a PostgreSQL store', () => openContractStore(database))
})

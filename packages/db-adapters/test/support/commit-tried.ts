/**
 * Opens a store, commits units one after the other, and prints what became of each: the outcome's status,
 * or the error's code. Arguments: the database file, how many.
 */
import { writeSync } from 'node:fs'
import { type Store, StoreError } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { buildIssuance } from '../../src/contract/units.ts'

const [path = '', units] = process.argv.slice(2)

async function commitOne(store: Store): Promise<string> {
  return (await store.commitIssuance(buildIssuance())).status
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : String(error)
}

try {
  await using store = await openSqliteStore({ path })
  for (let index = 0; index < Number(units); index++) {
    writeSync(1, `${await commitOne(store).catch(codeOf)}\n`)
  }
} catch (error) {
  writeSync(1, `${codeOf(error)}\n`)
}

/** Commits one unit, prints its outcome, and neither closes the store nor exits. Argument: the database file. */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { buildIssuance } from '../../src/contract/units.ts'

const [path = ''] = process.argv.slice(2)
const store = await openSqliteStore({ path })
const { status } = await store.commitIssuance(buildIssuance())
writeSync(1, `${status}\n`)

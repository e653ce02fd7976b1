/** Commits one unit and prints `committed`. Arguments: the database file, `synced` or `unsynced`. */
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { buildIssuance } from '../../src/contract/units.ts'

const [path = '', mode] = process.argv.slice(2)
const store = await openSqliteStore({ path, dangerouslyAllowUnsyncedCommits: mode === 'unsynced' })
const { status } = await store.commitIssuance(buildIssuance())
writeSync(1, `${status}\n`)
process.exit(0)

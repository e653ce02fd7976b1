/**
 * Commits units by many callers at once and prints `serial token`, in hex, of each as soon as it is
 * acknowledged. Arguments: the database file, the number of callers, the number of units of each.
 */
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'
import { buildIssuance, buildToken } from '../../src/contract/units.ts'

const [path = '', callers, units] = process.argv.slice(2)
const store = await openSqliteStore({ path })

async function call(): Promise<void> {
  for (let index = 0; index < Number(units); index++) {
    const token = buildToken()
    const unit = buildIssuance({ claim: { kind: 'token', ...token } })
    const { status } = await store.commitIssuance(unit)
    if (status !== 'committed') throw new Error(status)
    const serial = unit.certificate.serialNumber.toString(16)
    process.stdout.write(`${serial} ${Buffer.from(token.tokenId).toString('hex')}\n`)
  }
}

await Promise.all(Array.from({ length: Number(callers) }, call))
await store.close()

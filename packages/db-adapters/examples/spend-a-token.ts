import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IssuanceUnit } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'

const folder = await mkdtemp(join(tmpdir(), 'store-'))
const store = await openSqliteStore({ path: join(folder, 'db', 'mayfly.sqlite') })

/** An authority fills this in from the token it verified and the certificate it signed. */
function describeIssuance(tokenId: Uint8Array, serialNumber: bigint): IssuanceUnit {
  const issuedAt = new Date()
  const notAfter = new Date(issuedAt.getTime() + 24 * 3_600_000)
  const provisionerId = 'admin@example.com'
  return {
    claim: { kind: 'token', tokenId, expiresAt: new Date(issuedAt.getTime() + 300_000) },
    certificate: {
      serialNumber,
      der: randomBytes(700),
      subject: 'web.internal',
      names: ['dns:web.internal'],
      publicKeySha256: randomBytes(32),
      provisionerId,
      provisionerName: 'admin@example.com',
      provisionerType: 'JWK',
      profile: 'leaf',
      notBefore: issuedAt,
      notAfter,
      issuedAt,
    },
    audit: { at: issuedAt, action: 'sign', serialNumber, provisionerId, requestId: '5f0c2a' },
  }
}

const tokenId = randomBytes(32)
const outcomes = await Promise.all([
  store.commitIssuance(describeIssuance(tokenId, 1001n)),
  store.commitIssuance(describeIssuance(tokenId, 1002n)),
])
for (const outcome of outcomes) console.log(outcome.status)
console.log(`${await store.countCertificates()} certificate`)

await store.close()
await rm(folder, { recursive: true })

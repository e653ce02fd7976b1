import { buildIssuance } from '@mayfly/db-adapters/contract'
import { describe, expect, test } from 'vitest'
import { mysqlServer } from '../support/mysql-server.ts'
import { describeServer } from '../support/test-server.ts'

await describeServer(mysqlServer, (database) => {
  describe('mysql: a server that takes 16 MiB at once', () => {
    test('is sent a batch of more than that unit by unit', async () => {
      await using store = await database.open()
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () =>
          store.commitIssuance(buildIssuance({ certificate: { der: new Uint8Array(2_000_000) } })),
        ),
      )
      expect(outcomes).toEqual(Array(5).fill({ status: 'committed' }))
    })

    test('is not sent a unit of more than that, whose neighbours are committed', async () => {
      await using store = await database.open()
      const [row] = await database.query('select @@max_allowed_packet as octets')
      const der = new Uint8Array(Number(row?.octets) / 2)
      const large = store.commitIssuance(buildIssuance({ certificate: { der } }))
      const neighbour = store.commitIssuance(buildIssuance())
      await expect(large).rejects.toThrow(/max_allowed_packet/)
      await expect(large).rejects.toBeInstanceOf(TypeError)
      expect(await neighbour).toEqual({ status: 'committed' })
    })
  })
})

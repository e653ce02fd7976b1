import { randomBytes } from 'node:crypto'
import type { Store } from '@mayfly/db-adapters'
import { buildIssuance, buildRevocation } from '@mayfly/db-adapters/contract'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildToken } from '../../src/contract/units.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { countRows, describeServer, emptyTables, octetsInSql } from '../support/test-server.ts'

/** The long form is run by hand. */
const rounds = process.env.MAYFLY_TEST_LONG === undefined ? 10 : 200

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describe(`${server.kind}: instances on one database`, () => {
      beforeAll(async () => (await database.open()).close())
      beforeEach(() => emptyTables(database))

      test(`commit a token that 50 callers use at once exactly once, ${rounds} times`, async () => {
        await using first = await database.open()
        await using second = await database.open()
        await using third = await database.open()
        const stores = [first, second, third]
        for (let round = 0; round < rounds; round++) {
          const claim = { kind: 'token', ...buildToken() } as const
          const units = Array.from({ length: 50 }, () => buildIssuance({ claim }))
          const outcomes = await Promise.all(
            units.map((unit, index) => storeOf(stores, index).commitIssuance(unit)),
          )
          const winner = outcomes.findIndex(({ status }) => status === 'committed')
          const spentBy = units[winner]?.certificate.serialNumber
          expect(outcomes.toSpliced(winner, 1)).toEqual(
            Array(49).fill({ status: 'token_spent', spentBy }),
          )
        }
        expect(await countRows(database, 'certificates')).toBe(rounds)
        expect(await countRows(database, 'spent_tokens')).toBe(rounds)
        expect(await countRows(database, 'audit')).toBe(rounds)
      })

      test('renew one certificate at the same time, all of them', async () => {
        await using first = await database.open()
        await using second = await database.open()
        await using third = await database.open()
        const stores = [first, second, third]
        for (let round = 0; round < rounds; round++) {
          const outcomes = await Promise.all(
            Array.from({ length: 30 }, (_, index) =>
              storeOf(stores, index).commitIssuance(
                buildIssuance({ claim: { kind: 'renewal', predecessor: 77n } }),
              ),
            ),
          )
          expect(outcomes).toEqual(Array(30).fill({ status: 'committed' }))
        }
        expect(await countRows(database, 'revocations')).toBe(0)
      })

      test('revoke with renewals whatever renews at that moment', async () => {
        await using first = await database.open()
        await using second = await database.open()
        for (let round = 0; round < rounds; round++) {
          const asked = buildIssuance()
          await first.commitIssuance(asked)
          const { serialNumber } = asked.certificate
          const renewed: bigint[] = []
          const renewers = Array.from({ length: 4 }, async () => {
            for (let attempt = 0; attempt < 200; attempt++) {
              const unit = buildIssuance({ claim: { kind: 'renewal', predecessor: serialNumber } })
              const { status } = await first.commitIssuance(unit)
              if (status === 'predecessor_revoked') return
              renewed.push(unit.certificate.serialNumber)
            }
            throw new Error('the renewals were not stopped')
          })
          const revocation = second.commitRevocation(
            buildRevocation(serialNumber, { withRenewals: {} }),
          )
          await Promise.all([...renewers, revocation])
          for (const each of renewed) expect(await first.findRevocation(each)).toBeDefined()
        }
      })

      test('revoke each other’s kin at the same time without failing', async () => {
        await using first = await database.open()
        await using second = await database.open()
        for (let round = 0; round < rounds; round++) {
          const publicKeySha256 = randomBytes(32)
          const units = Array.from({ length: 20 }, () =>
            buildIssuance({ certificate: { publicKeySha256 } }),
          )
          await Promise.all(units.map((unit) => first.commitIssuance(unit)))
          const outcomes = await Promise.all(
            units.map(({ certificate }, index) =>
              storeOf([first, second], index).commitRevocation(
                buildRevocation(certificate.serialNumber, { withRenewals: {} }),
              ),
            ),
          )
          const revoked = outcomes.flatMap((outcome) =>
            outcome.status === 'revoked' ? outcome.serialNumbers : [],
          )
          expect(revoked).toHaveLength(20)
          expect(new Set(revoked).size).toBe(20)
        }
      })

      test('revoke a certificate that was renewed 1,200 times with all that came of it', async () => {
        await using store = await database.open()
        await Promise.all(
          Array.from({ length: 1200 }, (_, index) =>
            store.commitIssuance(
              buildIssuance({
                claim: { kind: 'renewal', predecessor: BigInt(index) },
                certificate: { serialNumber: BigInt(index + 1) },
              }),
            ),
          ),
        )
        const outcome = await store.commitRevocation(buildRevocation(0n, { withRenewals: {} }))
        expect(outcome.status === 'revoked' && outcome.serialNumbers[0]).toBe(0n)
        expect(await countRows(database, 'revocations')).toBe(1201)
      })

      test('serve 500 callers by two connections, all of them', async () => {
        await using store = await database.open({ maximumConnections: 2 })
        const outcomes = await Promise.all(
          Array.from({ length: 500 }, async (_, index) => {
            const unit = buildIssuance()
            if (unit.claim.kind !== 'token') throw new TypeError('no token')
            expect(await store.isTokenSpent(unit.claim.tokenId)).toBe(false)
            const outcome = await store.commitIssuance(unit)
            if (index % 10 === 0) {
              await store.commitRevocation(buildRevocation(unit.certificate.serialNumber))
            }
            await store.listCertificates({ limit: 1 })
            return outcome
          }),
        )
        expect(outcomes).toEqual(Array(500).fill({ status: 'committed' }))
        expect(await countRows(database, 'revocations')).toBe(50)
      })

      test('are not failed by a deadlock', async () => {
        await using store = await database.open()
        await using session = await server.openSession(database.options.database)
        const [early, late] = [buildTokenOf(1), buildTokenOf(2)]
        // The session must win: PostgreSQL fails who notices first, InnoDB who has written least.
        if (server.kind === 'postgresql') await session.run(`set deadlock_timeout = '60s'`)
        await session.run('begin')
        for (let index = 10; index < 100; index++) {
          await session.run(spend(buildTokenOf(index).tokenId))
        }
        await session.run(spend(late.tokenId))
        const commits = Promise.all(
          [early, late].map((token) =>
            store.commitIssuance(buildIssuance({ claim: { kind: 'token', ...token } })),
          ),
        )
        await untilBlocked()
        await session.run(spend(early.tokenId))
        await session.run('rollback')
        expect(await commits).toEqual(Array(2).fill({ status: 'committed' }))
      })

      test('are told store_busy when another keeps a row locked, and go on afterwards', async () => {
        await using store = await database.open({ commandTimeoutMilliseconds: 3000 })
        await using session = await server.openSession(database.options.database)
        const token = buildTokenOf(1)
        await session.run('begin')
        await session.run(spend(token.tokenId))
        const unit = buildIssuance({ claim: { kind: 'token', ...token } })
        const commit = store.commitIssuance(unit)
        const neighbour = store.commitIssuance(buildIssuance())
        await expect(commit).rejects.toMatchObject({ code: 'store_busy' })
        expect(await neighbour).toEqual({ status: 'committed' })
        await session.run('rollback')
        expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
      })

      test('lose no unit when the server ends their connections under load', async () => {
        await using store = await database.open()
        const acknowledged: bigint[] = []
        let running = true
        const callers = Array.from({ length: 16 }, async () => {
          while (running) {
            const unit = buildIssuance()
            const { status } = await store.commitIssuance(unit)
            expect(status).toBe('committed')
            acknowledged.push(unit.certificate.serialNumber)
          }
        })
        for (let round = 0; round < 5; round++) {
          const before = acknowledged.length
          await endConnections()
          await expect
            .poll(() => acknowledged.length, { interval: 5, timeout: 10_000 })
            .toBeGreaterThan(before + 20)
        }
        running = false
        await Promise.all(callers)
        const listed = await store.listCertificates({ limit: 100_000 })
        expect(listed.map(({ serialNumber }) => serialNumber).toSorted()).toEqual(
          acknowledged.toSorted(),
        )
        expect(await countRows(database, 'audit')).toBe(acknowledged.length)
      })

      function spend(tokenId: Uint8Array): string {
        const id = octetsInSql(server, tokenId)
        return `insert into mayfly_spent_tokens (id, expires_at) values (${id}, 0)`
      }

      async function untilBlocked(): Promise<void> {
        const sql =
          server.kind === 'postgresql'
            ? `select 1 from pg_stat_activity
               where datname = current_database() and wait_event_type = 'Lock'`
            : `select 1 from information_schema.innodb_trx where trx_state = 'LOCK WAIT'`
        // InnoDB renews what it tells only when nobody has asked for a while.
        await expect
          .poll(async () => (await database.query(sql)).length, { interval: 200, timeout: 5000 })
          .toBeGreaterThan(0)
      }

      async function endConnections(): Promise<void> {
        if (server.kind === 'postgresql') {
          await database.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and application_name = 'mayfly'`,
          )
          return
        }
        const rows = await database.query(
          `select id from information_schema.processlist
           where db = database() and id <> connection_id()`,
        )
        for (const { id, ID } of rows) await database.query(`kill ${id ?? ID}`).catch(ignoreGone)
      }
    })
  })
}

function storeOf(stores: readonly Store[], index: number): Store {
  const store = stores[index % stores.length]
  if (store === undefined) throw new TypeError('no store')
  return store
}

function buildTokenOf(number: number): { tokenId: Uint8Array; expiresAt: Date } {
  return { ...buildToken(), tokenId: new Uint8Array(32).fill(number) }
}

/** A connection may have ended by itself since it was listed. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof Error && 'errno' in error && error.errno === 1094)) throw error
}

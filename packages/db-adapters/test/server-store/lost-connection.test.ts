import { type IssuanceUnit, type Store, StoreError } from '@mayfly/db-adapters'
import { buildIssuance, buildRevision, buildRevocation } from '@mayfly/db-adapters/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildToken } from '../../src/contract/units.ts'
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts'
import { mysqlServer } from '../support/mysql-server.ts'
import { postgresServer } from '../support/postgres-server.ts'
import { countRows, describeServer, emptyTables } from '../support/test-server.ts'

/** The long form is run by hand. */
const races = process.env.MAYFLY_TEST_LONG === undefined ? 300 : 20_000

const revisions = process.env.MAYFLY_TEST_LONG === undefined ? 6 : 500

/** What a caller was told of its unit: the status of the outcome, or the code of the error. */
interface Told {
  readonly unit: IssuanceUnit
  readonly outcome: string
}

for (const server of [postgresServer, mysqlServer]) {
  await describeServer(server, (database) => {
    describe(`${server.kind}: a connection lost`, () => {
      let proxy: CuttingProxy
      const open = (more = {}) =>
        database.open({ host: '127.0.0.1', port: proxy.port, maximumConnections: 2, ...more })

      beforeAll(async () => {
        proxy = await startCuttingProxy(server.options)
        await (await database.open()).close()
      })
      beforeEach(() => emptyTables(database))
      afterAll(() => proxy[Symbol.asyncDispose]())

      test('between a commit and its answer leaves it committed, and told so', async () => {
        await using store = await open()
        await store.ping()
        const token = buildToken()
        const unit = buildIssuance({ claim: { kind: 'token', ...token } })
        const { opened } = proxy
        proxy.cutNextAnswer()
        expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
        expect(proxy.opened).toBe(opened + 1)
        expect(await countRows(database, 'certificates')).toBe(1)
        expect(await countRows(database, 'audit')).toBe(1)
        expect(await store.isTokenSpent(token.tokenId)).toBe(true)
      })

      test('between the commit of a batch and its answer does so for each unit', async () => {
        await using store = await open()
        await store.ping()
        const units = [
          ...Array.from({ length: 10 }, () => buildIssuance()),
          ...Array.from({ length: 5 }, () =>
            buildIssuance({ claim: { kind: 'renewal', predecessor: 7n } }),
          ),
          ...Array.from({ length: 5 }, () => buildIssuance({ claim: { kind: 'none' } })),
        ]
        proxy.cutNextAnswer()
        const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
        expect(outcomes).toEqual(Array(20).fill({ status: 'committed' }))
        expect(await countRows(database, 'certificates')).toBe(20)
        expect(await countRows(database, 'audit')).toBe(20)
      })

      test('on the way to the server commits it once, on another connection', async () => {
        await using store = await open()
        await store.ping()
        proxy.cutNextQuestion()
        expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
        expect(await countRows(database, 'certificates')).toBe(1)
      })

      test('in a race tells the loser so, by whom, and not that it won', async () => {
        await using store = await open()
        await using other = await database.open()
        await store.ping()
        const claim = { kind: 'token', ...buildToken() } as const
        const winner = buildIssuance({ claim })
        await other.commitIssuance(winner)
        proxy.cutNextAnswer()
        expect(await store.commitIssuance(buildIssuance({ claim }))).toEqual({
          status: 'token_spent',
          spentBy: winner.certificate.serialNumber,
        })
      })

      test('with no other to be had leaves it uncertain, and says so', async () => {
        await using store = await open()
        await store.ping()
        const unit = buildIssuance()
        const commit = store.commitIssuance(unit)
        proxy.refuse()
        await expect(commit).rejects.toMatchObject({ code: 'commit_uncertain' })
        proxy.restore()
        const found = await store.findCertificate(unit.certificate.serialNumber)
        expect(await countRows(database, 'certificates')).toBe(found === undefined ? 0 : 1)
      })

      test(`now and then, by ${races} races for a token, tells nobody what is not so`, async () => {
        await using first = await open({ maximumConnections: 4 })
        await using second = await open({ maximumConnections: 4 })
        const { opened } = proxy
        let raced = 0
        const told: Told[] = []
        const racers = Array.from({ length: 8 }, async () => {
          while (raced++ < races) {
            const claim = { kind: 'token', ...buildToken() } as const
            await Promise.all(
              [first, second].map(async (store) => {
                const unit = buildIssuance({ claim })
                told.push({ unit, outcome: await commit(store, unit) })
              }),
            )
            if (raced % 7 === 0) proxy.cutNextAnswer({ after: raced % 5 })
            if (raced % 11 === 0) proxy.cutNextQuestion()
          }
        })
        await Promise.all(racers)
        proxy.restore()

        expect(proxy.opened).toBeGreaterThan(opened + races / 20)
        const committed = told.filter(({ outcome }) => outcome === 'committed')
        expect(new Set(committed.map(tokenOf)).size).toBe(committed.length)
        expect(committed.length).toBeGreaterThan(races / 2)
        await using direct = await database.open()
        for (const { unit, outcome } of told) {
          const stands = (await direct.findCertificate(unit.certificate.serialNumber)) !== undefined
          if (outcome === 'commit_uncertain') continue
          expect({ outcome, stands }).toEqual({ outcome, stands: outcome === 'committed' })
        }
        const certificates = await direct.countCertificates()
        expect(await countRows(database, 'spent_tokens')).toBe(certificates)
        expect(await countRows(database, 'audit')).toBe(certificates)
      })

      test(`now and then, while the configuration changes ${revisions} times, tells nobody what is not so`, async () => {
        await using store = await open({ maximumConnections: 4 })
        await using admin = await database.open()
        await store.ping()
        const { opened } = proxy
        const told: (Told & { readonly wasLate: boolean })[] = []
        let newest = 0
        let commits = 0
        const issuers = Array.from({ length: 8 }, async () => {
          while (newest < revisions) {
            const revision = Math.max(0, newest - (commits++ % 3 === 0 ? 1 : 0))
            const wasLate = revision < newest
            const unit = { ...buildIssuance(), revision }
            told.push({ unit, wasLate, outcome: await commit(store, unit) })
            if (commits % 7 === 0) proxy.cutNextAnswer({ after: commits % 3 })
            if (commits % 11 === 0) proxy.cutNextQuestion()
          }
        })
        const outcomes: unknown[] = []
        const changes = Array.from({ length: revisions }, (_, index) => (index + 1) * 20)
        for (const count of changes) {
          while (told.length < count) await admin.ping()
          outcomes.push(await admin.revisions.commitRevision(buildRevision(newest + 1)))
          newest++
        }
        await Promise.all(issuers)
        expect(outcomes).toEqual(Array(revisions).fill({ status: 'committed' }))
        proxy.restore()

        expect(proxy.opened).toBeGreaterThan(opened + revisions)
        for (const { unit, wasLate, outcome } of told) {
          if (wasLate) expect(outcome).not.toBe('committed')
          const stands = (await admin.findCertificate(unit.certificate.serialNumber)) !== undefined
          if (outcome === 'commit_uncertain') continue
          expect({ outcome, stands }).toEqual({ outcome, stands: outcome === 'committed' })
        }
        const kinds = new Set(told.map(({ outcome }) => outcome))
        expect(kinds).toContain('committed')
        expect(kinds).toContain('configuration_changed')
      })

      test('after the commit of a revocation leaves it committed, and told so', async () => {
        await using store = await open()
        await store.ping()
        const token = buildToken()
        // Begin, the revocation, its token and the audit entry are answered before the commit is.
        proxy.cutNextAnswer({ after: 4 })
        const { opened } = proxy
        expect(await store.commitRevocation(buildRevocation(5n, { token }))).toEqual({
          status: 'revoked',
          serialNumbers: [5n],
        })
        expect(proxy.opened).toBe(opened + 1)
        expect(await countRows(database, 'revocations')).toBe(1)
      })

      test('after the commit of a revocation with renewals does so for all of them', async () => {
        await using store = await open()
        const asked = buildIssuance()
        const { serialNumber } = asked.certificate
        const renewals = [1, 2].map(() =>
          buildIssuance({ claim: { kind: 'renewal', predecessor: serialNumber } }),
        )
        for (const unit of [asked, ...renewals]) await store.commitIssuance(unit)
        // Begin, two searches and an insertion, a search that finds no more, and the audit entries.
        proxy.cutNextAnswer({ after: 6 })
        const { opened } = proxy
        const outcome = await store.commitRevocation(
          buildRevocation(serialNumber, { withRenewals: {} }),
        )
        expect(outcome).toMatchObject({ status: 'revoked' })
        expect(outcome.status === 'revoked' && new Set(outcome.serialNumbers)).toEqual(
          new Set([asked, ...renewals].map(({ certificate }) => certificate.serialNumber)),
        )
        expect(proxy.opened).toBe(opened + 1)
        expect(await countRows(database, 'revocations')).toBe(3)
      })

      test('before the commit of a revocation was asked for does it again', async () => {
        await using store = await open()
        await store.ping()
        proxy.cutNextAnswer({ after: 2 })
        const outcome = await store.commitRevocation(buildRevocation(5n, { token: buildToken() }))
        expect(outcome).toEqual({ status: 'revoked', serialNumbers: [5n] })
        expect(await countRows(database, 'revocations')).toBe(1)
        expect(await countRows(database, 'audit')).toBe(1)
      })

      test('after the commit of a revision leaves it committed, and told so', async () => {
        await using store = await open()
        await using other = await database.open()
        await store.ping()
        for (const number of [1, 2, 3]) {
          const revision = buildRevision(number)
          proxy.cutNextAnswer()
          expect(await store.revisions.commitRevision(revision)).toEqual({ status: 'committed' })
          expect(await other.revisions.findRevision(number)).toEqual(revision)
        }
        proxy.cutNextAnswer()
        expect(await store.revisions.commitRevision(buildRevision(3))).toEqual({
          status: 'conflict',
          current: 3,
        })
      })

      test('after a lease was taken leaves that uncertain, and asking again finds it', async () => {
        await using store = await open()
        await store.ping()
        const wish = { name: 'retention', holder: 'h', lifetimeMilliseconds: 60_000 }
        // Begin, three statements, and the commit.
        proxy.cutNextAnswer({ after: 4 })
        await expect(store.leases.acquireLease(wish)).rejects.toMatchObject({
          code: 'commit_uncertain',
        })
        expect(await store.leases.acquireLease(wish)).toMatchObject({ holder: 'h', fence: 1 })
      })

      test('before the commit of a script was asked for does it again', async () => {
        await using store = await open()
        await store.ping()
        const { opened } = proxy
        proxy.cutNextAnswer({ after: 2 })
        const wish = { name: 'retention', holder: 'h', lifetimeMilliseconds: 60_000 }
        expect(await store.leases.acquireLease(wish)).toMatchObject({ holder: 'h', fence: 1 })
        expect(proxy.opened).toBe(opened + 1)
      })

      test('with no other to be had leaves a revision uncertain, and says so', async () => {
        await using store = await open()
        await store.ping()
        const commit = store.revisions.commitRevision(buildRevision(1))
        proxy.refuse()
        await expect(commit).rejects.toMatchObject({ code: 'commit_uncertain' })
        proxy.restore()
        const stands = await store.revisions.findCurrentNumber()
        expect(await countRows(database, 'configuration')).toBe(stands)
      })

      test('while it rests is replaced without anybody noticing', async () => {
        await using store = await open()
        await Promise.all([store.ping(), store.countCertificates()])
        proxy.refuse()
        proxy.restore()
        expect(await store.commitIssuance(buildIssuance())).toEqual({ status: 'committed' })
        expect(await store.countCertificates()).toBe(1)
      })
    })
  })
}

async function commit(store: Store, unit: IssuanceUnit): Promise<string> {
  try {
    return (await store.commitIssuance(unit)).status
  } catch (error) {
    if (error instanceof StoreError) return error.code
    throw error
  }
}

function tokenOf({ unit: { claim } }: Told): string {
  return claim.kind === 'token' ? Buffer.from(claim.tokenId).toString('hex') : ''
}

import type { AcmeStore } from '@mayfly/db-adapters'
import { buildIssuance } from '@mayfly/db-adapters/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAcmeStore } from '../../src/acme/create-acme-store.ts'
import { at, buildAccount, buildOrder, now } from '../../src/contract/acme-units.ts'
import { encodeAcmeAccountRow } from '../../src/rows/acme-account-row.ts'
import {
  encodeAcmeAuthorizationRow,
  encodeAcmeChallengeRow,
  encodeAcmeOrderRow,
} from '../../src/rows/acme-order-row.ts'
import { encodeCertificateRow } from '../../src/rows/certificate-row.ts'
import { insertOnce } from '../../src/sql/insert-once.ts'
import { createQueryCompiler } from '../../src/sql/query-compiler.ts'
import type { SqlRow, SqlStatement, SqlTarget } from '../../src/sql/sql-target.ts'
import { findPlaces, type OwnPlace } from '../support/places.ts'
import { sqlTargetOf } from '../support/sql-target.ts'

const accounts = Array.from({ length: 1000 }, () => buildAccount())
const units = accounts.slice(0, 50).flatMap(({ id }, owner) =>
  Array.from({ length: 60 }, (_, index) =>
    buildOrder(id, {
      names: [`h${owner}-${index}.internal`],
      fields: { createdAt: at(index * 60) },
    }),
  ),
)
const identifier = { type: 'dns', value: 'h7-7.internal' }
const account = accounts[7] ?? buildAccount()
const unit = units[777] ?? buildOrder('')

const statuses = ['pending', 'ready'] as const

/** What is asked in the course of an order, or for a limit. */
const questions: Readonly<Record<string, (acme: AcmeStore) => Promise<unknown>>> = {
  findAccount: (acme) => acme.findAccount(account.id),
  findAccountByKey: (acme) => acme.findAccountByKey('acme', account.thumbprint),
  findOrder: (acme) => acme.findOrder(unit.order.id),
  findAuthorization: (acme) => acme.findAuthorization(unit.authorizations[0]?.id ?? ''),
  findOrderBySerialNumber: (acme) => acme.findOrderBySerialNumber(7n),
  findOrderByCertificate: (acme) => acme.findOrderByCertificate('none'),
  'listOrders from the beginning': (acme) =>
    acme.listOrders({ accountId: account.id, statuses, limit: 10 }),
  'listOrders since a time': (acme) =>
    acme.listOrders({ accountId: account.id, since: at(1800), limit: 10 }),
  'listOrders behind a cursor': (acme) =>
    acme.listOrders({
      accountId: account.id,
      after: { createdAt: at(600), id: unit.order.id },
      limit: 10,
    }),
  countOrders: (acme) =>
    acme.countOrders({ accountId: account.id, since: at(1800), statuses, limit: 100 }),
  countAuthorizations: (acme) => acme.countAuthorizations({ identifier, since: now, limit: 100 }),
  findAuthorized: (acme) =>
    acme.findAuthorized({
      accountId: account.id,
      identifiers: [{ ...identifier, wildcard: false }],
      at: now,
    }),
  findStalledChallenges: (acme) => acme.findStalledChallenges({ at: at(9), limit: 100 }),
}

for (const place of await findPlaces()) {
  describe.skipIf(place.missing !== undefined)(`${place.kind}: no table is read whole by`, () => {
    let own: OwnPlace
    let target: SqlTarget
    beforeAll(async () => {
      own = await place.create()
      target = sqlTargetOf(await own.open())
      await fill(target)
    })
    afterAll(() => own?.[Symbol.asyncDispose]())

    test.each(Object.entries(questions))('%s', async (_, ask) => {
      const plans: string[] = []
      await ask(createAcmeStore(explaining(target, plans)))
      expect(plans).toHaveLength(1)
      expect(plans.join('\n')).not.toMatch(wholeReads[target.dialect])
    })
  })
}

/** MySQL names the way in which each table is read: `ALL` and `index` are whole. */
const wholeReads = {
  mysql: /"table":"[^<"]*","type":"(ALL|index)"|filesort/,
  postgresql: /Seq Scan|"Sort"/,
  sqlite: /SCAN (?!part)|TEMP B-TREE FOR (?!DISTINCT)/,
}

/** The same target, which also asks how each query is to be done. */
function explaining(target: SqlTarget, plans: string[]): SqlTarget {
  const words = { mysql: 'explain', postgresql: 'explain', sqlite: 'explain query plan' }
  return {
    dialect: target.dialect,
    write: (script) => target.write(script),
    async read(statement: SqlStatement): Promise<readonly SqlRow[]> {
      const sql = `${words[target.dialect]} ${statement.sql}`
      const rows = await target.read({ ...statement, sql })
      plans.push(rows.map((row) => JSON.stringify(row)).join('\n'))
      return target.read(statement)
    },
  }
}

async function fill(target: SqlTarget): Promise<void> {
  const compiler = createQueryCompiler(target.dialect)
  const rows = {
    certificates: Array.from({ length: 1000 }, () =>
      encodeCertificateRow(buildIssuance().certificate),
    ),
    acme_accounts: accounts.map(encodeAcmeAccountRow),
    acme_orders: units.map(({ order }) => encodeAcmeOrderRow(order)),
    acme_authorizations: units.flatMap(({ authorizations }) =>
      authorizations.map(encodeAcmeAuthorizationRow),
    ),
    acme_challenges: units.flatMap(({ challenges }) => challenges.map(encodeAcmeChallengeRow)),
  }
  for (const [table, all] of Object.entries(rows)) {
    for (let start = 0; start < all.length; start += 500) {
      const part = all.slice(start, start + 500)
      await target.write([
        insertOnce(compiler, target.dialect, {
          table,
          key: table === 'certificates' ? 'serial' : 'id',
          rows: part,
        } as never),
      ])
    }
    const name = target.dialect === 'sqlite' ? table : `mayfly_${table}`
    const analyze = target.dialect === 'mysql' ? 'analyze table' : 'analyze'
    await target.write([{ sql: `${analyze} ${name}`, parameters: [] }])
  }
}

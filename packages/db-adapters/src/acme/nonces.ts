import { createGroupCommit } from '../group-commit.ts'
import { type AcmeNonceKeyRow, encodeAcmeNonceRow } from '../rows/acme-order-row.ts'
import { compareOctets, keyOf } from '../server-store/octets.ts'
import { insertOnce, insertOnceQuery } from '../sql/insert-once.ts'
import { prepareInsertion, prepareStatement } from '../sql/prepare-statement.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import type { AcmeNonce, AcmeNonceKey, AcmeNonceStore } from './nonce-store.ts'

/** The nonces, and the statement by which a change spends one. */
export interface AcmeNonces extends AcmeNonceStore {
  /** Expects that the nonce was not spent before. */
  spending(nonce: AcmeNonce): SqlStatement
}

/** Creates the nonces of a database. */
export function createNonces(target: SqlTarget): AcmeNonces {
  const { dialect } = target
  const compiler = createQueryCompiler(dialect)
  const insertAll = prepareInsertion(compiler, 'acme_spent_nonces')
  const insertOne = prepareStatement<{ id: Uint8Array; expires_at: number }>(
    ({ id, expires_at }) =>
      insertOnceQuery(compiler, dialect, {
        table: 'acme_spent_nonces',
        key: 'id',
        rows: [{ id, expires_at }],
      }),
    'one',
  )
  const spending = (nonce: AcmeNonce): SqlStatement => insertOne(encodeAcmeNonceRow(nonce))

  async function spendAlone(nonce: AcmeNonce): Promise<boolean> {
    return (await target.write([spending(nonce)])).status === 'committed'
  }

  /** Most often none of them was spent: one insertion of all then does. */
  async function spendTogether(nonces: readonly AcmeNonce[]): Promise<boolean> {
    const rows = nonces
      .map(encodeAcmeNonceRow)
      .sort((left, right) => compareOctets(left.id, right.id))
    return (await target.write([insertAll(rows)])).status === 'committed'
  }

  const group = createGroupCommit<AcmeNonce, boolean>({
    maximumBatchSize: 64,
    async commitBatch(nonces) {
      const first = new Map(nonces.toReversed().map((nonce) => [keyOf(nonce.id), nonce]))
      const distinct = nonces.filter((nonce) => first.get(keyOf(nonce.id)) === nonce)
      if (await spendTogether(distinct)) return nonces.map((nonce) => distinct.includes(nonce))
      return Promise.all(
        nonces.map((nonce) => (distinct.includes(nonce) ? spendAlone(nonce) : false)),
      )
    },
  })

  return {
    spending,
    spendNonce: (nonce) => group.submit(nonce),

    async findNonceKeys() {
      const query = compiler.selectFrom('acme_nonce_keys').selectAll().orderBy('number', 'desc')
      const rows = await target.read(compileStatement(query))
      return rows.map((row) => parseKey(row as unknown as AcmeNonceKeyRow))
    },

    async commitNonceKey(key) {
      const row: AcmeNonceKeyRow = {
        number: key.number,
        key_octets: key.key,
        created_at: key.createdAt.getTime(),
      }
      const insertion = insertOnce(compiler, dialect, {
        table: 'acme_nonce_keys',
        key: 'number',
        rows: [row],
      })
      const dropOld = compiler
        .deleteFrom('acme_nonce_keys')
        .where('created_at', '<', row.created_at - keptMilliseconds)
      const { status } = await target.write([
        { ...insertion, expect: 'one' },
        compileStatement(dropOld),
      ])
      return status === 'committed' ? 'committed' : 'exists'
    },
  }
}

/** Far longer than a nonce lives. */
const keptMilliseconds = 2 * 86_400_000

function parseKey({
  number,
  key_octets: key,
  created_at: createdAt,
}: AcmeNonceKeyRow): AcmeNonceKey {
  return { number, key, createdAt: new Date(createdAt) }
}

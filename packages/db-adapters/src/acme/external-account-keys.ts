import {
  type AcmeExternalAccountKeyRow,
  encodeAcmeExternalAccountKeyRow,
  parseAcmeExternalAccountKeyRow,
} from '../rows/acme-account-row.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import type { SqlRow, SqlTarget } from '../sql/sql-target.ts'
import type { AcmeExternalAccountKeyStore } from './external-account-key-store.ts'

/** Creates the external account keys of a database. */
export function createExternalAccountKeys(target: SqlTarget): AcmeExternalAccountKeyStore {
  const compiler = createQueryCompiler(target.dialect)
  const parse = (row: SqlRow) =>
    parseAcmeExternalAccountKeyRow(row as unknown as AcmeExternalAccountKeyRow)

  return {
    async createExternalAccountKey(key) {
      const query = compiler
        .insertInto('acme_external_account_keys')
        .values(encodeAcmeExternalAccountKeyRow(key))
      const { status } = await target.write([compileStatement(query)])
      return status === 'committed' ? 'created' : 'exists'
    },

    async findExternalAccountKey(id) {
      const query = compiler
        .selectFrom('acme_external_account_keys')
        .selectAll()
        .where('id', '=', id)
      const [row] = await target.read(compileStatement(query))
      return row && parse(row)
    },

    async listExternalAccountKeys({ provisionerId, after, limit }) {
      let query = compiler
        .selectFrom('acme_external_account_keys')
        .selectAll()
        .orderBy('id')
        .limit(limit)
      if (provisionerId !== undefined) {
        query = query.where('provisioner_id', 'in', [provisionerId, ''])
      }
      if (after !== undefined) query = query.where('id', '>', after)
      return (await target.read(compileStatement(query))).map(parse)
    },

    async removeExternalAccountKey(id) {
      const query = compiler.deleteFrom('acme_external_account_keys').where('id', '=', id)
      const { status } = await target.write([compileStatement(query, 'some')])
      return status === 'committed'
    },
  }
}

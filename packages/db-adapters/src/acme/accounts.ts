import { type Kysely, sql } from 'kysely'
import type { AcmeAccountRecord } from '../acme-account.ts'
import { StoreError } from '../errors.ts'
import {
  type AcmeAccountRow,
  encodeAcmeAccountRow,
  parseAcmeAccountRow,
} from '../rows/acme-account-row.ts'
import type { Tables } from '../rows/tables.ts'
import { prepareInsertion, prepareStatement } from '../sql/prepare-statement.ts'
import { compileStatement, createQueryCompiler } from '../sql/query-compiler.ts'
import { createSharedQuery } from '../sql/shared-query.ts'
import type { SqlRow, SqlStatement, SqlTarget } from '../sql/sql-target.ts'
import type { AcmeAccountStore, AcmeAccountUnit } from './account-store.ts'
import type { ChangeMaker } from './change.ts'
import { keepForUpdate } from './keep-for-update.ts'

/** Creates the accounts of a database. */
export function createAccounts(target: SqlTarget, changes: ChangeMaker): AcmeAccountStore {
  const compiler = createQueryCompiler(target.dialect)
  const insert = prepareInsertion(compiler, 'acme_accounts')
  const byId = createSharedQuery(target, 'id', (ids) =>
    compiler.selectFrom('acme_accounts').selectAll().where('id', 'in', ids),
  )
  const byKey = prepareStatement<{ provisioner: string; thumbprint: Uint8Array }>(
    ({ provisioner, thumbprint }) =>
      compiler
        .selectFrom('acme_accounts')
        .selectAll()
        .where('thumbprint', '=', thumbprint)
        .where('provisioner_id', '=', provisioner),
  )

  async function findFirst(
    query: Promise<readonly SqlRow[]>,
  ): Promise<AcmeAccountRecord | undefined> {
    const [row] = await query
    return row && parseAcmeAccountRow(row as unknown as AcmeAccountRow)
  }

  const findAccount = (id: string) => findFirst(byId(id))
  const findAccountByKey = (provisioner: string, thumbprint: Uint8Array) =>
    findFirst(target.read(byKey({ provisioner, thumbprint })))

  return {
    findAccount,
    findAccountByKey,

    async createAccount(unit) {
      const { account, nonce } = unit
      const script = [insert([encodeAcmeAccountRow(account)]), ...bindings(compiler, unit)]
      const isWritten = async () => (await findAccount(account.id)) !== undefined
      for (let attempt = 0; attempt < maximumAttempts; attempt++) {
        const outcome = await changes.commit({ script, nonce, isWritten })
        if (outcome.status === 'committed') return { status: 'created' }
        if (outcome.status === 'nonce_spent') return outcome
        if (outcome.unmet !== undefined) {
          return changes.refuse(nonce, { status: 'external_account_key_used' })
        }
        const holder = await findAccountByKey(account.provisionerId, account.thumbprint)
        if (holder) return changes.refuse(nonce, { status: 'exists', account: holder })
        // It was there, and has another key by now.
      }
      throw overtaken(`the account ${account.id}`)
    },

    async updateAccount({ id, contacts, termsOfServiceAgreedAt, nonce }) {
      const values = {
        ...(contacts === undefined ? {} : { contacts: JSON.stringify(contacts) }),
        ...(termsOfServiceAgreedAt === undefined
          ? {}
          : { terms_agreed_at: termsOfServiceAgreedAt.getTime() }),
      }
      const account = compiler
        .selectFrom('acme_accounts')
        .select('id')
        .where('id', '=', id)
        .where('status', '=', 'valid')
      // MySQL counts no row that is updated to what it was: whether it is there is asked before.
      const script = [compileStatement(keepForUpdate(target.dialect, account), 'one')]
      if (Object.keys(values).length > 0) {
        const update = compiler.updateTable('acme_accounts').set(values).where('id', '=', id)
        script.push(compileStatement(update))
      }
      const outcome = await changes.commit({
        script,
        nonce,
        isWritten: async () => {
          const found = await findAccount(id)
          return (
            found !== undefined &&
            (contacts === undefined || isSameText(found.contacts, contacts)) &&
            (termsOfServiceAgreedAt === undefined ||
              found.termsOfServiceAgreedAt?.getTime() === termsOfServiceAgreedAt.getTime())
          )
        },
      })
      if (outcome.status === 'committed') return { status: 'updated' }
      if (outcome.status === 'nonce_spent') return outcome
      return changes.refuse(nonce, { status: 'account_not_valid' })
    },

    async deactivateAccount({ id, at, to = 'deactivated', nonce }) {
      const query = compiler
        .updateTable('acme_accounts')
        .set({ status: to, deactivated_at: at.getTime() })
        .where('id', '=', id)
        .where('status', '=', 'valid')
      const outcome = await changes.commit({
        script: [compileStatement(query, 'one')],
        nonce,
        isWritten: async () => (await findAccount(id))?.status === to,
      })
      if (outcome.status === 'committed') return { status: 'deactivated' }
      if (outcome.status === 'nonce_spent') return outcome
      return changes.refuse(nonce, { status: 'account_not_valid' })
    },

    async changeAccountKey({ id, from, to, nonce }) {
      const query = compiler
        .updateTable('acme_accounts')
        .set({ public_key: to.publicKey, thumbprint: to.thumbprint })
        .where('id', '=', id)
        .where('thumbprint', '=', from)
        .where('status', '=', 'valid')
      const change = {
        script: [compileStatement(query, 'one')],
        nonce,
        isWritten: async () => isSame((await findAccount(id))?.thumbprint, to.thumbprint),
      }
      for (let attempt = 0; attempt < maximumAttempts; attempt++) {
        if (isSame(from, to.thumbprint)) {
          return changes.refuse(nonce, { status: 'key_taken', accountId: id })
        }
        const outcome = await changes.commit(change)
        if (outcome.status === 'committed') return { status: 'changed' }
        if (outcome.status === 'nonce_spent') return outcome
        const account = await findAccount(id)
        if (outcome.unmet !== undefined || account === undefined) {
          return changes.refuse(nonce, { status: 'account_changed' })
        }
        const holder = await findAccountByKey(account.provisionerId, to.thumbprint)
        if (holder) return changes.refuse(nonce, { status: 'key_taken', accountId: holder.id })
      }
      throw overtaken(`the account ${id}`)
    },

    async listAccounts({ provisionerId, after, limit }) {
      let query = compiler.selectFrom('acme_accounts').selectAll().orderBy('id').limit(limit)
      if (provisionerId !== undefined) query = query.where('provisioner_id', '=', provisionerId)
      if (after !== undefined) query = query.where('id', '>', after)
      const rows = await target.read(compileStatement(query))
      return rows.map((row) => parseAcmeAccountRow(row as unknown as AcmeAccountRow))
    },
  }
}

/** Binds a new account by its external account key, whose secret goes with the last account that it may have. */
function bindings(compiler: Kysely<Tables>, { account }: AcmeAccountUnit): readonly SqlStatement[] {
  const { externalAccountKeyId } = account
  if (externalAccountKeyId === undefined) return []
  const query = compiler
    .updateTable('acme_external_account_keys')
    // The secret comes first: MySQL reads the columns that were set before as they are set.
    .set(({ eb }) => ({
      hmac_key: sql<Uint8Array | null>`
        case when account_count + 1 < maximum_accounts then hmac_key end`,
      account_count: eb('account_count', '+', 1),
      account_id: account.id,
      bound_at: account.createdAt.getTime(),
    }))
    .where('id', '=', externalAccountKeyId)
    .where('provisioner_id', 'in', [account.provisionerId, ''])
    .where('hmac_key', 'is not', null)
    .whereRef('account_count', '<', 'maximum_accounts')
  return [compileStatement(query, 'one')]
}

/** How often a change is made again whose rival was gone when it was looked for. */
const maximumAttempts = 5

function overtaken(what: string): StoreError {
  return new StoreError('store_busy', `others change the key of ${what} all the time`, {
    hint: 'try again',
  })
}

function isSame(left: Uint8Array | undefined, right: Uint8Array): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0
}

function isSameText(left: readonly string[], right: readonly string[]): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

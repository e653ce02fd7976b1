import type { Insertable, Kysely } from 'kysely'
import type { AcmeExternalAccountKeyRecord } from '../acme-account.ts'
import type { ImportOutcome, ImportPart, ImportRecord, ImportStore } from '../import-store.ts'
import { encodeAcmeAccountRow, encodeAcmeExternalAccountKeyRow } from '../rows/acme-account-row.ts'
import {
  encodeAcmeAuthorizationRow,
  encodeAcmeChallengeRow,
  encodeAcmeOrderRow,
} from '../rows/acme-order-row.ts'
import { encodeCertificateRow } from '../rows/certificate-row.ts'
import { encodeImportRow, type ImportRow, parseImportRow } from '../rows/import-row.ts'
import { encodeRevocationRow } from '../rows/revocation-row.ts'
import { encodeSerialNumber, parseSerialNumber } from '../rows/serial-number.ts'
import { encodeSpentTokenRow } from '../rows/spent-token-row.ts'
import type { Tables } from '../rows/tables.ts'
import { insertOnce } from './insert-once.ts'
import { compileStatement, createQueryCompiler } from './query-compiler.ts'
import type { SqlStatement, SqlTarget, SqlValue } from './sql-target.ts'

/** Creates the imports of a database. */
export function createImportStore(target: SqlTarget): ImportStore {
  const { dialect } = target
  const compiler = createQueryCompiler(dialect)

  /** Adds what is not there. */
  function addMissing<Table extends keyof Tables & string>(
    table: Table,
    key: keyof Tables[Table] & string,
    rows: readonly Insertable<Tables[Table]>[],
  ): readonly SqlStatement[] {
    return rows.length === 0 ? [] : [insertOnce(compiler, dialect, { table, key, rows })]
  }

  /** Adds rows of which more than one column must be unique: which of them is taken only the caller can judge. */
  function add<Table extends AcmeTable>(
    table: Table,
    rows: readonly Insertable<Tables[Table]>[],
  ): readonly SqlStatement[] {
    if (rows.length === 0) return []
    const any: Kysely<Record<string, object>> = compiler as never
    return [compileStatement(any.insertInto(table).values(rows.map((row) => ({ ...row }))))]
  }

  function endAccount({
    id,
    status,
    deactivatedAt,
  }: NonNullable<ImportPart['endedAccounts']>[number]): SqlStatement {
    return compileStatement(
      compiler
        .updateTable('acme_accounts')
        .set({ status, deactivated_at: deactivatedAt?.getTime() ?? null })
        .where('id', '=', id)
        .where('status', '=', 'valid'),
    )
  }

  function bindExternalAccountKey(record: AcmeExternalAccountKeyRecord): SqlStatement {
    const row = encodeAcmeExternalAccountKeyRow(record)
    return compileStatement(
      compiler
        .updateTable('acme_external_account_keys')
        .set({
          account_id: row.account_id,
          account_count: row.account_count,
          bound_at: row.bound_at,
          hmac_key: row.hmac_key,
        })
        .where('id', '=', record.id)
        .where('account_count', '=', 0),
    )
  }

  function writePart(part: ImportPart): readonly SqlStatement[] {
    const { certificates = [], revocations = [], spentTokens = [] } = part
    const { accounts = [], externalAccountKeys = [] } = part
    const { endedAccounts = [], boundExternalAccountKeys = [] } = part
    const { orders = [], authorizations = [], challenges = [] } = part
    const spent = spentTokens.map((token) => encodeSpentTokenRow(token, undefined))
    return [
      ...addMissing('certificates', 'serial', certificates.map(encodeCertificateRow)),
      ...addMissing('revocations', 'serial', revocations.map(encodeRevocationRow)),
      ...addMissing('spent_tokens', 'id', spent),
      ...add('acme_accounts', accounts.map(encodeAcmeAccountRow)),
      ...add(
        'acme_external_account_keys',
        externalAccountKeys.map(encodeAcmeExternalAccountKeyRow),
      ),
      ...endedAccounts.map(endAccount),
      ...boundExternalAccountKeys.map(bindExternalAccountKey),
      ...add('acme_orders', orders.map(encodeAcmeOrderRow)),
      ...add('acme_authorizations', authorizations.map(encodeAcmeAuthorizationRow)),
      ...add('acme_challenges', challenges.map(encodeAcmeChallengeRow)),
    ]
  }

  /** Of all who take one step exactly one does. */
  function takeStep(next: ImportRecord, current: number): SqlStatement {
    const { source, ...row } = encodeImportRow(next)
    if (current === 0) {
      const insertion = insertOnce(compiler, dialect, {
        table: 'imports',
        key: 'source',
        rows: [{ source, ...row }],
      })
      return { ...insertion, expect: 'one' }
    }
    return compileStatement(
      compiler
        .updateTable('imports')
        .set(row)
        .where('source', '=', source)
        .where('step', '=', current),
      'one',
    )
  }

  /** Returns the rows of a table with one of these keys. */
  async function findRows<Row>(
    table: 'certificates' | 'revocations' | 'spent_tokens' | AcmeTable,
    columns: readonly string[],
    key: string,
    values: readonly SqlValue[],
  ): Promise<readonly Row[]> {
    if (values.length === 0) return []
    const { table: from, ref } = compiler.dynamic
    const query = compiler
      .selectFrom(from(table).as('t'))
      .select(columns.map((column) => ref<string>(column)))
      .where(ref<string>(key), 'in', values)
    return (await target.read(compileStatement(query))) as readonly Row[]
  }

  async function findIds(table: AcmeTable, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await findRows<{ id: string }>(table, ['id'], 'id', ids)
    return new Set(rows.map(({ id }) => id))
  }

  return {
    async findImport(source) {
      const query = compiler.selectFrom('imports').selectAll().where('source', '=', source)
      const [row] = await target.read(compileStatement(query))
      return row && parseImportRow(row as Readonly<Record<string, SqlValue>> & ImportRow)
    },

    async listUnfinished() {
      const query = compiler
        .selectFrom('imports')
        .selectAll()
        .where('finished_at', 'is', null)
        .orderBy('started_at')
        .orderBy('source')
      const rows = await target.read(compileStatement(query))
      return rows.map((row) =>
        parseImportRow(row as Readonly<Record<string, SqlValue>> & ImportRow),
      )
    },

    async commitPart(next, part, { replaces } = {}): Promise<ImportOutcome> {
      const step = takeStep(next, replaces ?? next.step - 1)
      const { status } = await target.write([step, ...writePart(part)])
      return { status: status === 'unmet' ? 'overtaken' : status }
    },

    async findCertificates(serialNumbers) {
      const rows = await findRows<{ serial: Uint8Array; der: Uint8Array }>(
        'certificates',
        ['serial', 'der'],
        'serial',
        serialNumbers.map(encodeSerialNumber),
      )
      return new Map(rows.map(({ serial, der }) => [parseSerialNumber(serial), der]))
    },

    async findRevoked(serialNumbers) {
      const rows = await findRows<{ serial: Uint8Array }>(
        'revocations',
        ['serial'],
        'serial',
        serialNumbers.map(encodeSerialNumber),
      )
      return new Set(rows.map(({ serial }) => parseSerialNumber(serial)))
    },

    async findSpent(tokenIds) {
      const rows = await findRows<{ id: Uint8Array }>('spent_tokens', ['id'], 'id', tokenIds)
      return new Set(rows.map(({ id }) => Buffer.from(id).toString('hex')))
    },

    findAccounts: (ids) => findIds('acme_accounts', ids),
    findExternalAccountKeys: (ids) => findIds('acme_external_account_keys', ids),
    findOrders: (ids) => findIds('acme_orders', ids),

    async findAccountsByKey(keys) {
      const rows = await findRows<{ id: string; provisioner_id: string; thumbprint: Uint8Array }>(
        'acme_accounts',
        ['id', 'provisioner_id', 'thumbprint'],
        'thumbprint',
        keys.map(({ thumbprint }) => thumbprint),
      )
      return new Map(
        rows.map(({ id, provisioner_id: provisioner, thumbprint }) => [
          `${provisioner} ${Buffer.from(thumbprint).toString('hex')}`,
          id,
        ]),
      )
    },
  }
}

type AcmeTable = Extract<keyof Tables, `acme_${string}`>

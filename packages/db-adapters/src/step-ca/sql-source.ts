import { createHash } from 'node:crypto'
import { StoreError } from '../errors.ts'
import type { StepCaRow, StepCaSource } from './step-ca-source.ts'

/** A connection to the database of a step-ca, on which nothing can be written. */
export interface SourceSession {
  readonly kind: 'mysql' | 'postgresql'
  /** Where it leads, as it may be shown: without a password. */
  readonly address: string
  /** The table as it is named in SQL, or `undefined` where step-ca has made none. */
  locate(table: string): Promise<string | undefined>
  /** Writes the place of the parameter with this number, from 1. */
  placeholder(number: number): string
  /** @throws {StoreError} */
  query(sql: string, parameters: readonly unknown[]): Promise<readonly SourceRow[]>
  close(): Promise<void>
}

type SourceRow = Readonly<Record<string, unknown>>

/**
 * Reads step-ca's tables on a database server, page by page: no transaction stays open, and nothing is locked. What
 * step-ca writes meanwhile behind the page that is read is not seen. Whoever comes again finds another digest: it tells how
 * many rows the tables have that grow with all that step-ca does, and how long the values are that it changes.
 */
export function createSqlSource(session: SourceSession): StepCaSource {
  const { kind, address, placeholder } = session
  let closing: Promise<void> | undefined

  function assertOpen(): void {
    if (closing !== undefined) {
      throw new StoreError('store_closed', `the source ${address} is closed`)
    }
  }

  function octetsOf(table: string, value: unknown): Uint8Array {
    if (value instanceof Uint8Array) return value
    throw unfit(table, 'its columns are not of octets')
  }

  /** A copy by other means may have other types and orders; read as they are, rows would be missed. */
  function unfit(table: string, problem: string): StoreError {
    return new StoreError('store_corrupt', `${address}: the table ${table}: ${problem}`, {
      hint: "read step-ca's own tables, or a copy with columns of the same types",
    })
  }

  async function countRows(table: string): Promise<number> {
    assertOpen()
    const located = await session.locate(table)
    if (located === undefined) return 0
    const [row] = await session.query(`select count(*) as count from ${located}`, [])
    return Number(row?.count)
  }

  async function countOctets(table: string): Promise<number> {
    const located = await session.locate(table)
    if (located === undefined) return 0
    const [row] = await session.query(`select sum(length(nvalue)) as octets from ${located}`, [])
    return Number(row?.octets)
  }

  async function* rows(table: string, after?: Uint8Array): AsyncGenerator<StepCaRow> {
    assertOpen()
    const located = await session.locate(table)
    if (located === undefined) return
    let last = after
    // Often a single row is looked for.
    for (let size = 4; ; size = Math.min(size * 8, maximumPageSize)) {
      assertOpen()
      const where = last === undefined ? '' : `where nkey > ${placeholder(1)}`
      const page = await session.query(
        `select nkey, nvalue from ${located} ${where} order by nkey limit ${size}`,
        last === undefined ? [] : [Buffer.from(last)],
      )
      for (const { nkey, nvalue } of page) {
        const key = octetsOf(table, nkey)
        if (last !== undefined && Buffer.compare(last, key) >= 0) {
          throw unfit(table, 'its keys are not in the order of their octets')
        }
        last = key
        yield { key, value: nvalue === null ? new Uint8Array() : octetsOf(table, nvalue) }
      }
      if (page.length < size) return
    }
  }

  return {
    kind,
    description: address,
    async stateDigest() {
      const hash = createHash('sha256')
      for (const table of growingTables) hash.update(`${table} ${await countRows(table)}\n`)
      for (const table of changingTables) hash.update(`${table} ${await countOctets(table)}\n`)
      return hash.digest('hex')
    },
    countRows,
    rows,
    async [Symbol.asyncDispose]() {
      closing ??= session.close()
      await closing
    },
  }
}

/** A value is 64 KiB at most on MySQL, and seldom more than 2 KiB anywhere. */
const maximumPageSize = 256

const growingTables: readonly string[] = [
  'x509_certs',
  'revoked_x509_certs',
  'used_ott',
  'acme_accounts',
  'acme_orders',
  'acme_external_account_keys',
]

/** An account that is deactivated and a key that is bound make their values longer. */
const changingTables: readonly string[] = ['acme_accounts', 'acme_external_account_keys']

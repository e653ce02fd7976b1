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
 * many rows the tables have that grow with all that step-ca does.
 */
export function createSqlSource(session: SourceSession): StepCaSource {
  const { kind, address, placeholder } = session
  let closing: Promise<void> | undefined

  function assertOpen(): void {
    if (closing !== undefined) {
      throw new StoreError('store_closed', `the source ${address} is closed`)
    }
  }

  async function countRows(table: string): Promise<number> {
    assertOpen()
    const located = await session.locate(table)
    if (located === undefined) return 0
    const [row] = await session.query(`select count(*) as count from ${located}`, [])
    return Number(row?.count)
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
        last = octetsOf(nkey)
        yield { key: last, value: octetsOf(nvalue) }
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

function octetsOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array()
}

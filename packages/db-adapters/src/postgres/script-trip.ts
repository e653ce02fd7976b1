import type { Connection, Submittable } from 'pg'
import type { SqlRow, SqlStatement, SqlValue, StatementResult } from '../sql/sql-target.ts'

/** A field of a row, as the server describes it. */
interface Field {
  readonly name: string
  readonly dataTypeID: number
}

/** Reads a value that the server sent as text. */
type ParseValue = (type: number, text: string) => unknown

/** The statements that a connection has prepared, by their text. */
export class PreparedTexts {
  readonly #names = new Map<string, string>()
  #last = 0

  /** The name under which it is prepared, or to be prepared; none once there are too many. */
  nameOf(text: string): { readonly name: string; readonly isNew: boolean } {
    const name = this.#names.get(text)
    if (name !== undefined) return { name, isNew: false }
    if (this.#names.size >= mostPrepared) return { name: '', isNew: true }
    this.#last++
    return { name: `mayfly_script_${this.#last}`, isNew: true }
  }

  /** Remembers what was prepared, once it is known to be. */
  add(text: string, name: string): void {
    if (name !== '') this.#names.set(text, name)
  }
}

const mostPrepared = 100

/**
 * A script as one trip, as `OneTrip` is one: what lies before the Sync is one transaction, of which nothing is left when
 * a statement fails or misses what it must do.
 */
export class ScriptTrip implements Submittable {
  readonly #statements: readonly { text: string; name: string; isNew: boolean; values: Values }[]
  readonly #prepared: PreparedTexts
  readonly #parseValue: ParseValue
  readonly #results: { rows: SqlRow[]; count: number }[] = []
  readonly #done = Promise.withResolvers<readonly StatementResult[]>()
  #fields: readonly Field[] = []
  #rows: SqlRow[] = []

  constructor(script: readonly SqlStatement[], prepared: PreparedTexts, parseValue: ParseValue) {
    this.#statements = script.map((statement) => {
      const text = assertingText(statement)
      return { text, ...prepared.nameOf(text), values: statement.parameters.map(encodeValue) }
    })
    this.#prepared = prepared
    this.#parseValue = parseValue
  }

  /** Settles when the server has answered all of it: when it is committed, or as it failed. */
  get done(): Promise<readonly StatementResult[]> {
    return this.#done.promise
  }

  submit(connection: Connection): void {
    connection.stream.cork()
    const parsed = new Set<string>()
    for (const { text, name, isNew, values } of this.#statements) {
      if (isNew && !(name !== '' && parsed.has(name))) {
        connection.parse({ name, text, types: [] }, true)
        parsed.add(name)
      }
      connection.bind({ statement: name, values: [...values] }, true)
      connection.describe({ type: 'P', name: '' }, true)
      connection.execute({}, true)
    }
    connection.sync()
    connection.stream.uncork()
  }

  handleError(error: unknown): void {
    this.#done.reject(error)
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const entries = this.#fields.map(({ name, dataTypeID }, index) => {
      const text = fields[index] ?? null
      return [name, text === null ? null : (this.#parseValue(dataTypeID, text) as SqlValue)]
    })
    this.#rows.push(Object.fromEntries(entries))
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#results.push({ rows: this.#rows, count: Number(text.split(' ').at(-1)) })
    this.#rows = []
  }

  handleReadyForQuery(): void {
    for (const { text, name } of this.#statements) this.#prepared.add(text, name)
    this.#done.resolve(this.#results)
  }
}

type Values = readonly (Buffer | string | null)[]

/** Fails, as a query of more than one row where one is meant, unless the statement does what it must. */
function assertingText({ sql, expect }: SqlStatement): string {
  if (expect === undefined) return sql
  const returning = /^\s*select\b/.test(sql) ? '' : ' returning 1'
  return `
    with statement as (${sql}${returning})
    select (
      select 1
      union all
      select 1 from (select count(*) as count from statement) as counted where ${missing[expect]}
    )`
}

const missing = { none: 'count <> 0', one: 'count <> 1', some: 'count < 1' }

/** Octets go as they are, all else as text, of which the server knows the type. */
function encodeValue(value: SqlValue): Buffer | string | null {
  if (value === null) return null
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return String(value)
}

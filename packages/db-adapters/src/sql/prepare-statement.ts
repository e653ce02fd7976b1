import type { Compilable, Kysely } from 'kysely'
import type { Tables } from '../rows/tables.ts'
import { asStatement } from './query-compiler.ts'
import type { SqlStatement, SqlValue } from './sql-target.ts'

/**
 * Compiles a query once, at its first use, and returns what fills in its values. `compile` is given a stand-in for each
 * value, by name; it may do nothing with them but hand them to the query.
 */
export function prepareStatement<Values extends { readonly [Name in keyof Values]: SqlValue }>(
  compile: (values: Values) => Compilable,
  expect?: NonNullable<SqlStatement['expect']>,
): (values: Values) => SqlStatement {
  let filled: ((values: Values) => SqlStatement) | undefined
  return (values) => {
    filled ??= prepareFilling<Values>(compile(createStandIns<Values>()), expect)
    return filled(values)
  }
}

/** As {@link prepareStatement}, for an insertion of rows; it is compiled once for each number of rows. */
export function prepareInsertion<Table extends keyof Tables & string>(
  compiler: Kysely<Tables>,
  table: Table,
): (rows: readonly Tables[Table][]) => SqlStatement {
  const any = compiler as unknown as Kysely<Record<string, Record<string, SqlValue>>>
  const prepared = new Map<number, (values: Record<string, SqlValue>) => SqlStatement>()

  function prepare(columns: readonly string[], count: number) {
    return prepareStatement<Record<string, SqlValue>>((standIns) =>
      any
        .insertInto(table)
        .values(
          Array.from({ length: count }, (_, index) =>
            Object.fromEntries(
              columns.map((column) => [column, standIns[`${column} ${index}`] ?? null]),
            ),
          ),
        ),
    )
  }

  return (rows) => {
    const [first] = rows
    if (first === undefined) throw new TypeError(`nothing is to be inserted into ${table}`)
    const fill = prepared.get(rows.length) ?? prepare(Object.keys(first), rows.length)
    prepared.set(rows.length, fill)
    return fill(
      Object.fromEntries(
        rows.flatMap((row, index) =>
          Object.entries(row).map(([column, value]): [string, SqlValue] => [
            `${column} ${index}`,
            value,
          ]),
        ),
      ),
    )
  }
}

/** Stands in a query for a value that is given later. */
class StandIn {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

function createStandIns<Values extends object>(): Values {
  const none = {}
  return new Proxy(none, { get: (_, name) => new StandIn(String(name)) }) as Values
}

function prepareFilling<Values>(
  query: Compilable,
  expect: SqlStatement['expect'],
): (values: Values) => SqlStatement {
  const { sql, parameters } = query.compile()
  return (values) =>
    asStatement(
      {
        sql,
        parameters: parameters.map((value) =>
          value instanceof StandIn ? values[value.name as keyof Values] : value,
        ),
      },
      expect,
    )
}

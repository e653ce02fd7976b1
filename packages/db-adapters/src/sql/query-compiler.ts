import {
  type Compilable,
  type DialectAdapter,
  DummyDriver,
  IdentifierNode,
  Kysely,
  type KyselyPlugin,
  type QueryCompiler as KyselyQueryCompiler,
  MysqlAdapter,
  MysqlQueryCompiler,
  OperationNodeTransformer,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  type SchemableIdentifierNode,
  SqliteAdapter,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { type Tables, tableNames } from '../rows/tables.ts'
import type { SqlDialect, SqlStatement, SqlValue } from './sql-target.ts'

/**
 * Compiles queries for one of the databases, and runs none. Tables are called by their plain names (`certificates`);
 * on servers, where others may have tables beside ours, they become `mayfly_certificates`.
 */
export function createQueryCompiler(dialect: SqlDialect): Kysely<Tables> {
  const { createAdapter, createQueryCompiler, plugins } = parts[dialect]
  return new Kysely<Tables>({
    dialect: {
      createAdapter,
      createQueryCompiler,
      createDriver: () => new DummyDriver(),
      // Nothing is ever asked of it.
      createIntrospector: (database) => new PostgresIntrospector(database),
    },
    plugins: [...plugins],
  })
}

/**
 * Compiles a query into a statement.
 *
 * @throws {TypeError} when a parameter is nothing that every database keeps, such as the time of an invalid date.
 */
export function compileStatement(
  query: Compilable,
  expect?: NonNullable<SqlStatement['expect']>,
): SqlStatement {
  return asStatement(query.compile(), expect)
}

/** As {@link compileStatement}, of what is compiled already. */
export function asStatement(
  { sql, parameters }: { readonly sql: string; readonly parameters: readonly unknown[] },
  expect?: NonNullable<SqlStatement['expect']>,
): SqlStatement {
  return {
    sql,
    parameters: parameters.map(asValue),
    ...(expect === undefined ? {} : { expect }),
  }
}

/**
 * The clock of the database, in milliseconds since 1970, as it was when the statement began or later. The time zones of
 * server and session do not matter.
 */
export function databaseClock(dialect: SqlDialect): RawBuilder<number> {
  switch (dialect) {
    case 'mysql':
      return sql`(timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000)`
    case 'postgresql':
      return sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`
    case 'sqlite':
      return sql`cast(round(unixepoch('subsec') * 1000) as integer)`
  }
}

function asValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || value instanceof Uint8Array) return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw new TypeError(`the database cannot keep ${String(value)} (${typeof value})`)
}

/** Gives our tables the prefix that they bear on servers. Aliases and other names stay as they are. */
class TablePrefix extends OperationNodeTransformer {
  protected override transformSchemableIdentifier(
    node: SchemableIdentifierNode,
  ): SchemableIdentifierNode {
    const { name } = node.identifier
    if (!tableNames.has(name)) return node
    return { ...node, identifier: IdentifierNode.create(`mayfly_${name}`) }
  }
}

const prefix = new TablePrefix()

const prefixTables: KyselyPlugin = {
  transformQuery: ({ node }) => prefix.transformNode(node),
  transformResult: async ({ result }) => result,
}

interface Parts {
  createAdapter(): DialectAdapter
  createQueryCompiler(): KyselyQueryCompiler
  readonly plugins: readonly KyselyPlugin[]
}

const parts: Record<SqlDialect, Parts> = {
  mysql: {
    createAdapter: () => new MysqlAdapter(),
    createQueryCompiler: () => new MysqlQueryCompiler(),
    plugins: [prefixTables],
  },
  postgresql: {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    plugins: [prefixTables],
  },
  sqlite: {
    createAdapter: () => new SqliteAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    plugins: [],
  },
}

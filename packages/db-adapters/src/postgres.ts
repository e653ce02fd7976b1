export { parsePostgresDataSource } from './postgres/data-source.ts'
export {
  inspectPostgresDatabase,
  openPostgresStore,
  type PostgresStoreOptions,
} from './postgres/postgres-store.ts'
export type { DataSource } from './server-store/data-source.ts'
export type { DatabaseContents } from './server-store/database-contents.ts'
export type { ServerTls } from './server-store/server-options.ts'

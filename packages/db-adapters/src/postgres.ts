export { parsePostgresDataSource } from './postgres/data-source.ts'
export {
  inspectPostgresDatabase,
  openPostgresStore,
  type PostgresStoreOptions,
  readPostgresStatus,
} from './postgres/postgres-store.ts'
export type { DataSource } from './server-store/data-source.ts'
export type { DatabaseContents } from './server-store/database-contents.ts'
export type { ServerTls } from './server-store/server-options.ts'
export { openPostgresSource } from './step-ca/postgres-source.ts'
export type { StepCaRow, StepCaSource } from './step-ca/step-ca-source.ts'

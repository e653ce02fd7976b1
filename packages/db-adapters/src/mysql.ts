export { parseMysqlDataSource } from './mysql/data-source.ts'
export {
  inspectMysqlDatabase,
  type MysqlStoreOptions,
  openMysqlStore,
  readMysqlStatus,
} from './mysql/mysql-store.ts'
export type { DataSource } from './server-store/data-source.ts'
export type { DatabaseContents } from './server-store/database-contents.ts'
export type { ServerTls } from './server-store/server-options.ts'
export { openMysqlSource } from './step-ca/mysql-source.ts'
export type { StepCaRow, StepCaSource } from './step-ca/step-ca-source.ts'

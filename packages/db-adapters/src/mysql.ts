export { type MysqlStoreOptions, openMysqlStore } from './mysql/mysql-store.ts'

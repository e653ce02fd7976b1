export { openSqliteStore, type SqliteStoreOptions } from './sqlite/sqlite-store.ts'
export { readSqliteStatus } from './sqlite/status.ts'

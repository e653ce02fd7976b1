export { openPostgresStore, type PostgresStoreOptions } from './postgres/postgres-store.ts'

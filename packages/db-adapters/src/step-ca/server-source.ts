import { StoreError } from '../errors.ts'
import type { ServerOptions } from '../server-store/server-options.ts'

/** Counting the rows of a large table takes its time. */
export function sourceOptions(options: ServerOptions): ServerOptions {
  return { ...options, commandTimeoutMilliseconds: 600_000 }
}

/** The refusal of a database that is not there. */
export function missingDatabase(address: string): StoreError {
  return new StoreError('store_unavailable', `${address} does not exist`, {
    hint: 'see that the name of the database is right',
  })
}

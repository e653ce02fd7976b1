import { StoreError } from '../errors.ts'

/** What a server says of itself; the names are those of its own settings. */
export interface PostgresSettings {
  readonly server_version_num: number
  readonly server_version: string
  readonly server_encoding: string
  readonly fsync: string
  readonly synchronous_commit: string
  readonly transaction_read_only: string
  readonly in_recovery: boolean
}

/** Asks for {@link PostgresSettings}. */
export const settingsQuery = `
  select current_setting('server_version_num')::int as server_version_num,
         current_setting('server_version') as server_version,
         current_setting('server_encoding') as server_encoding,
         current_setting('fsync') as fsync,
         current_setting('synchronous_commit') as synchronous_commit,
         current_setting('transaction_read_only') as transaction_read_only,
         pg_is_in_recovery() as in_recovery`

/**
 * Refuses a server whose commits cannot be trusted.
 *
 * @throws {StoreError} `store_unavailable` when it is too old, or its commits are not synced and that is not
 * allowed; `store_read_only` when it is a standby or may not be written.
 */
export function assertTrustworthy(
  settings: PostgresSettings,
  address: string,
  { allowUnsynced }: { readonly allowUnsynced: boolean },
): void {
  const refuse = (words: string, hint: string): never => {
    throw new StoreError('store_unavailable', `${address}: ${words}`, { hint })
  }
  if (settings.server_version_num < 130_000) {
    refuse(`PostgreSQL ${settings.server_version} is too old`, 'PostgreSQL 13 or later is needed')
  }
  if (settings.server_encoding !== 'UTF8') {
    refuse(`the database is in ${settings.server_encoding}`, "make it with encoding 'UTF8'")
  }
  if (settings.in_recovery || settings.transaction_read_only === 'on') {
    const what = settings.in_recovery ? 'the server is a standby' : 'the database is read-only'
    throw new StoreError('store_read_only', `${address}: ${what}`, {
      hint: 'name the primary server, and a database that may be written',
    })
  }
  if (allowUnsynced) return
  const unsynced = 'commits are acknowledged before they are on stable storage'
  if (settings.fsync === 'off') refuse(`fsync is off: ${unsynced}`, 'set fsync = on')
  if (settings.synchronous_commit === 'off') {
    refuse(`synchronous_commit is off: ${unsynced}`, 'set synchronous_commit = on')
  }
}

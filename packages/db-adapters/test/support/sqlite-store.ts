import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@mayfly/db-adapters'
import type { ContractStore } from '@mayfly/db-adapters/contract'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'

/** Makes a folder for one test, and what deletes it again. */
export async function createFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'mayfly-store-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Opens a new SQLite store for the contract suite. */
export async function openContractStore(): Promise<ContractStore> {
  const folder = await createFolder()
  const path = join(folder.path, 'db', 'mayfly.sqlite')
  const opened: Store[] = []
  async function openAnother(): Promise<Store> {
    const store = await openSqliteStore({ path })
    opened.push(store)
    return store
  }
  const store = await openAnother()
  return {
    store,
    openAnother,
    async reopen() {
      await store.close()
      return openAnother()
    },
    countAuditEntries: async () => countRows(path, 'audit'),
    async dispose() {
      await Promise.all(opened.map((each) => each.close()))
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Counts the rows of a table, on a connection of its own. */
export function countRows(path: string, table: string): number {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    return Number(database.prepare(`select count(*) as count from ${table}`).get()?.count)
  } finally {
    database.close()
  }
}

/** Writes octets into a file that no store has open. */
export function overwrite(path: string, position: number, octets: Uint8Array): void {
  const descriptor = openSync(path, 'r+')
  writeSync(descriptor, octets, 0, octets.length, position)
  closeSync(descriptor)
}

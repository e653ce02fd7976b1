import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@mayfly/db-adapters'
import { openSqliteStore } from '@mayfly/db-adapters/sqlite'

/** A real store in a folder of its own. */
export interface TestStore extends AsyncDisposable {
  readonly store: Store
}

/** Opens an SQLite store that goes with its folder when it is let go. */
export async function openTestStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-acme-'))
  const store = await openSqliteStore({
    path: join(folder, 'test.db'),
    dangerouslyAllowUnsyncedCommits: true,
  })
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

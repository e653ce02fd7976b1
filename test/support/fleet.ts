import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AuthorityFolder,
  createAuthorityFolder,
} from '../../apps/ca-server/test/support/authority-folder.ts'
import {
  type ChildServer,
  startChildServer,
} from '../../apps/ca-server/test/support/child-server.ts'
import { type DatabaseKind, nameTestDatabase, type TestDatabase } from './test-database.ts'

/** Several `mayfly-ca` of one authority on one database, each a process with a folder and an address of its own. */
export interface Fleet extends AsyncDisposable {
  readonly folder: AuthorityFolder
  readonly database: TestDatabase
  readonly servers: readonly ChildServer[]
}

/** Starts them at the same moment, on a database that one of them makes. `mayfly` is that member of their `ca.json`. */
export async function startFleet(
  kind: DatabaseKind,
  count: number,
  { mayfly = {} }: { readonly mayfly?: Readonly<Record<string, unknown>> } = {},
): Promise<Fleet> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'mayfly-fleet-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const database = stack.use(nameTestDatabase(kind, join(home, 'mayfly.sqlite')))
  const folder = await createAuthorityFolder()
  stack.defer(() => folder.dispose())
  await folder.rewrite((document) => {
    document.db = database.block()
    document.mayfly = mayfly
  })
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const own = await folder.copy()
      stack.defer(() => own.dispose())
      const server = await startChildServer(own)
      stack.defer(async () => {
        await server.stop('SIGTERM')
      })
      return server
    }),
  )
  const rest = stack.move()
  return { folder, database, servers, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

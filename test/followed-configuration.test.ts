import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  type AuthorityFolder,
  createAuthorityFolder,
} from '../apps/ca-server/test/support/authority-folder.ts'
import { createCsr } from '../apps/ca-server/test/support/certificates.ts'
import { createToken } from '../apps/ca-server/test/support/running-server.ts'
import { mayflyPath } from '../scripts/programs.ts'
import { createInstance, type Instance } from './chaos/instance.ts'
import { root, runProgram } from './support/program.ts'
import {
  type DatabaseKind,
  findDatabaseMissing,
  nameTestDatabase,
} from './support/test-database.ts'

const rounds = process.env.MAYFLY_TEST_LONG === undefined ? 1 : 50

const kinds: readonly DatabaseKind[] = ['mysql', 'postgresql']

describe.each(kinds)('three instances on %s, and one command', (kind) => {
  test('a provisioner that it adds issues on all, and one that it removes on none', async ({
    skip,
  }) => {
    const missing = await findDatabaseMissing(kind)
    if (missing !== undefined) skip(missing)
    await using stack = new AsyncDisposableStack()
    const database = stack.use(nameTestDatabase(kind, ''))
    const folder = await createAuthorityFolder()
    stack.defer(() => folder.dispose())
    await folder.rewrite((document) => {
      document.db = database.block()
    })
    const instances = await startInstances(stack, folder)
    const keyPath = join(folder.directory, 'key.json')
    const { d: _, ...publicJwk } = folder.provisionerKey
    await writeFile(keyPath, JSON.stringify(publicJwk))

    const delays: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const name = `team-${round}`
      await mayfly(folder, ['add', name, '--public-key', keyPath])
      const added = performance.now()
      const took = await Promise.all(
        instances.map(async (instance) => {
          expect(await statusOfSign(instance, { folder, name })).toBe(201)
          return performance.now() - added
        }),
      )
      delays.push(Math.max(...took))
      await mayfly(folder, ['remove', name])
      for (const instance of instances) {
        expect(await statusOfSign(instance, { folder, name })).toBe(401)
      }
    }
    tell(kind, delays)
    expect(Math.max(...delays)).toBeLessThan(rounds > 1 ? 1000 : 10_000)
  }, 1_800_000)
})

async function startInstances(
  stack: AsyncDisposableStack,
  folder: AuthorityFolder,
): Promise<readonly Instance[]> {
  await run(folder, ['ca', 'config', 'import'])
  return await Promise.all(
    ['ca-1', 'ca-2', 'ca-3'].map(async (name) => {
      const own = await folder.copy()
      stack.defer(() => own.dispose())
      const instance = stack.use(createInstance(name, own))
      await instance.start()
      return instance
    }),
  )
}

async function mayfly(folder: AuthorityFolder, words: readonly string[]): Promise<void> {
  await run(folder, ['ca', 'provisioner', ...words])
}

async function run(folder: AuthorityFolder, words: readonly string[]): Promise<void> {
  const password = ['--configuration-password-file', folder.passwordFile]
  const { status, stderr } = await runProgram('node', [mayflyPath, ...words, ...password], {
    cwd: root,
    environment: { MAYFLYPATH: folder.directory, NO_COLOR: '1' },
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}

async function statusOfSign(
  instance: Instance,
  { folder, name }: { readonly folder: AuthorityFolder; readonly name: string },
): Promise<number> {
  const subject = 'web.internal'
  const ott = await createToken(folder, { subject, issuer: name })
  const { csr } = await createCsr(subject)
  const answer = await instance.call('/1.0/sign', { body: { csr, ott } })
  return answer.status
}

function tell(kind: DatabaseKind, delays: readonly number[]): void {
  const sorted = delays.toSorted((left, right) => left - right)
  const at = (share: number): string =>
    `${Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)} ms`
  process.stderr.write(
    `${kind}: ${delays.length} provisioners, from the end of the command to a certificate from each of three instances: p50 ${at(0.5)}, p99 ${at(0.99)}\n`,
  )
}

import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspectDatabase, makeDatabase } from '@mayfly/authority-host'
import { describe, expect, onTestFinished, test } from 'vitest'
import { reportStatus } from '../../src/database/status-report.ts'

const now = (): Date => new Date()
const forged = {
  number: 1,
  document: '{}',
  author: 'mallory',
  comment: '',
  createdAt: now(),
  keyId: 'cafe',
  signature: new Uint8Array(64),
}

test('an import that has not ended is a problem, wherever its data lies', async () => {
  const configurationPath = await writeConfiguration()
  await using database = await makeDatabase({ configurationPath })
  const { imports } = database.store
  const begun = {
    source: 'badger',
    description: 'Badger folder /etc/step-ca/db',
    state: 'cafe',
    step: 1,
    progress: '{}',
    startedAt: now(),
  }
  const report = async () =>
    reportStatus(await inspectDatabase({ configurationPath }), { configurationPath, now })
  expect(await report()).toMatchObject({ problems: [], ready: true })
  await imports.commitPart(begun, {})
  const { problems, ready } = await report()
  expect(problems).toEqual([
    expect.stringMatching(/^the import from Badger folder \/etc\/step-ca\/db has not ended: /),
  ])
  expect(ready).toBe(false)
  await imports.commitPart({ ...begun, step: 2, finishedAt: now() }, {})
  expect(await report()).toMatchObject({ problems: [], ready: true })
})

describe('a configuration that is kept in the database', () => {
  const keptInDatabase = { mayfly: { configuration: 'database' } }

  test('is a problem before there is a database, and before there is a revision', async () => {
    const configurationPath = await writeConfiguration(keptInDatabase)
    await writePublicKey(configurationPath)
    await expectProblem(configurationPath, /there is no database yet.*'mayfly ca config import'/)
    await (await makeDatabase({ configurationPath })).store.close()
    await expectProblem(configurationPath, /holds no revision.*'mayfly ca config import'/)
  })

  test('is a problem where the public key cannot be read', async () => {
    const configurationPath = await writeConfiguration(keptInDatabase)
    await (await makeDatabase({ configurationPath })).store.close()
    await expectProblem(configurationPath, /configuration_key\.pub failed: no such file.*copy it/)
  })

  test('is a problem where the newest revision is not signed by a trusted key', async () => {
    const configurationPath = await writeConfiguration(keptInDatabase)
    await writePublicKey(configurationPath)
    await using database = await makeDatabase({ configurationPath })
    await database.store.revisions.commitRevision(forged)
    await expectProblem(configurationPath, /revision 1 .*key/)
  })

  test('is a problem where a later revision was in force here', async () => {
    const configurationPath = await writeConfiguration(keptInDatabase)
    await writePublicKey(configurationPath)
    await (await makeDatabase({ configurationPath })).store.close()
    const folder = join(dirname(dirname(configurationPath)), 'db')
    await mkdir(folder)
    await writeFile(join(folder, 'configuration_revision'), `7 ${'0'.repeat(64)}\n`)
    await expectProblem(configurationPath, /revision 7 was in force here and is gone.*remove /)
  })

  test('is a problem where ca.json does not say whether it is followed', async () => {
    const configurationPath = await writeConfiguration()
    await using database = await makeDatabase({ configurationPath })
    await database.store.revisions.commitRevision(forged)
    await expectProblem(configurationPath, /holds revision 1 .*write "configuration"/)
  })
})

async function expectProblem(configurationPath: string, words: RegExp): Promise<void> {
  const view = await inspectDatabase({ configurationPath })
  const { problems, ready } = await reportStatus(view, { configurationPath, now })
  expect(problems).toEqual([expect.stringMatching(words)])
  expect(ready).toBe(false)
}

async function writePublicKey(configurationPath: string): Promise<void> {
  const folder = join(dirname(dirname(configurationPath)), 'certs')
  await mkdir(folder)
  const { publicKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' })
  await writeFile(join(folder, 'configuration_key.pub'), pem)
}

async function writeConfiguration(members: object = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-status-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'config'))
  const path = join(folder, 'config', 'ca.json')
  const configuration = {
    root: 'root.crt',
    crt: 'intermediate.crt',
    key: 'intermediate.key',
    address: ':8443',
    dnsNames: ['localhost'],
    db: { type: 'sqlite', dataSource: join(folder, 'ca.sqlite') },
    authority: { provisioners: [] },
    ...members,
  }
  await writeFile(path, JSON.stringify(configuration))
  return path
}

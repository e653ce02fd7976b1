import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspectDatabase, makeDatabase } from '@mayfly/authority-host'
import { expect, onTestFinished, test } from 'vitest'
import { reportStatus } from '../../src/database/status-report.ts'

const now = (): Date => new Date()

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

async function writeConfiguration(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-status-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'ca.json')
  const configuration = {
    root: 'root.crt',
    crt: 'intermediate.crt',
    key: 'intermediate.key',
    address: ':8443',
    dnsNames: ['localhost'],
    db: { type: 'sqlite', dataSource: join(folder, 'ca.sqlite') },
    authority: { provisioners: [] },
  }
  await writeFile(path, JSON.stringify(configuration))
  return path
}

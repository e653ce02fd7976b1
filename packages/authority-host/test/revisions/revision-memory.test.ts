import { chmod, chown, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { loadEffectiveConfiguration } from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refusalOf } from '../support/host.ts'
import { createSharedAuthority, type SharedAuthority } from '../support/shared-authority.ts'
import { sqlite } from '../support/shared-database.ts'

let shared: SharedAuthority
let memory: string
beforeEach(async () => {
  shared = await createSharedAuthority(sqlite)
  memory = shared.folder.file('db', 'configuration_revision')
  await shared.commit((document) => ({ ...document, crl: { enabled: false } }))
  await (await shared.open()).close()
})
afterEach(() => shared[Symbol.asyncDispose]())

const removeNewest = (): Promise<void> =>
  shared.database.run('delete from configuration where number = 2')

describe('an instance that was in force by a revision', () => {
  test('does not start when it is gone', async () => {
    await removeNewest()
    for (const opening of [
      () => shared.open(),
      () => loadEffectiveConfiguration({ configurationPath: shared.configurationPath }),
      () => shared.commit((document) => document),
    ]) {
      const error = await refusalOf(opening())
      expect(error.code).toBe('revision_refused')
      expect(error.message).toMatch(/revision 1 .* revision 2 was in force here and is gone/)
      expect(error.hint).toContain(memory)
    }
  })

  test('does not start when another one stands in its place, not even below newer ones', async () => {
    await removeNewest()
    const remembered = await shared.folder.readText('db', 'configuration_revision')
    await rm(memory)
    await shared.commit((document) => ({ ...document, crl: { enabled: false, other: 1 } }))
    await shared.commit((document) => ({ ...document, crl: { enabled: false, other: 2 } }))
    await writeFile(memory, remembered)
    const error = await refusalOf(shared.open())
    expect(error.message).toMatch(/revision 3 .* another revision 2 than was in force here/)
  })

  test.each<[string, () => Promise<void>]>([
    ['its memory was removed', () => rm(memory)],
    ['its memory cannot be read as such', () => writeFile(memory, 'revision 2')],
  ])('starts by what there is once %s', async (_, forget) => {
    await forget()
    await removeNewest()
    await using host = await shared.open()
    expect(host.revision).toBe(1)
  })

  test('remembers each revision that it follows', async () => {
    {
      await using host = await shared.open()
      await shared.commit((document) => ({ ...document, crl: { enabled: false, later: 1 } }))
      await host.followRevision()
      expect(host.revision).toBe(3)
    }
    expect(await shared.folder.readText('db', 'configuration_revision')).toMatch(/^3 /)
  })

  test.skipIf(process.getuid?.() !== 0)(
    'remembers where the files of another user stand, which it may not give away',
    async () => {
      await chown(memory, 1234, 2345)
      await chown(shared.configurationPath, 1234, 2345)
      await shared.commit((document) => ({ ...document, crl: { enabled: false, later: 1 } }))
      expect(await shared.folder.readText('db', 'configuration_revision')).toMatch(/^3 /)
      const { uid, mode } = await stat(memory)
      expect(uid).toBe(0)
      expect(mode & 0o777).toBe(0o644)
      expect(await readdir(shared.folder.file('db'))).toEqual(['configuration_revision'])
    },
  )

  test('starts in a folder that is read only', async () => {
    await rm(shared.folder.file('db'), { recursive: true })
    await writeFile(shared.folder.file('db'), 'no folder')
    await chmod(shared.folder.file('db'), 0o400)
    await using host = await shared.open()
    expect(host.revision).toBe(2)
  })
})

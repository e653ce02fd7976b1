import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshPassword } from '../../src/daemon/fresh-password.ts'
import { rememberedPassword } from '../../src/files/password.ts'
import { unusedIo } from '../support/unused-io.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-password-'))
  path = join(folder, 'password.txt')
})
afterEach(() => rmSync(folder, { recursive: true }))

function create() {
  const remembered = rememberedPassword(unusedIo, 'web.key', path)
  return { remembered, password: freshPassword(unusedIo, path, remembered) }
}

describe("a daemon's password", () => {
  test('is what the file holds now', async () => {
    writeFileSync(path, 'one\n')
    const { remembered, password } = create()
    expect(await remembered()).toBe('one')
    writeFileSync(path, 'two\n')
    expect(await password()).toBe('two')
  })

  test.each([
    { what: 'is gone', change: () => rmSync(path) },
    { what: 'has nothing more to give', change: () => writeFileSync(path, '') },
  ])('is the first one where the file $what', async ({ change }) => {
    writeFileSync(path, 'one\n')
    const { remembered, password } = create()
    await remembered()
    change()
    expect(await password()).toBe('one')
  })

  test('that could not be read is read when it can be', async () => {
    const { password } = create()
    await expect(password()).rejects.toMatchObject({ code: 'file_unreadable' })
    writeFileSync(path, 'late\n')
    expect(await password()).toBe('late')
  })
})

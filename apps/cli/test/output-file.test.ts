import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isSameFile } from '../src/files/distinct-files.ts'
import { reserveOutputFile, writeOutputFile } from '../src/files/output-file.ts'

let folder: string
const at = (name: string) => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-output-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('an output file', () => {
  test('is readable by its owner alone', async () => {
    await writeOutputFile(at('new'), 'text')
    expect((await stat(at('new'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['new'])
  })

  test('that is there keeps its mode, and a link to it stays a link', async () => {
    await writeFile(at('old'), 'old')
    await chmod(at('old'), 0o640)
    await symlink('old', at('link'))
    await writeOutputFile(at('link'), 'new')
    expect(await readFile(at('old'), 'utf8')).toBe('new')
    expect((await stat(at('old'))).mode & 0o777).toBe(0o640)
  })

  test('takes the place of a link that leads nowhere, and makes nothing where that leads', async () => {
    await symlink(at('elsewhere'), at('link'))
    await writeOutputFile(at('link'), 'new')
    expect(await readdir(folder)).toEqual(['link'])
  })

  test('that is not published leaves nothing, even if its temporary file was removed by others', async () => {
    const file = await reserveOutputFile(at('new'))
    const [temporary = ''] = await readdir(folder)
    await rm(at(temporary))
    await file[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual([])
  })

  test('is watched over by no more listeners than files', async () => {
    const before = process.listenerCount('SIGTERM')
    await writeOutputFile(at('new'), 'text')
    await expect(reserveOutputFile(at('none/new'))).rejects.toMatchObject({
      code: 'file_unwritable',
    })
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})

describe('isSameFile', () => {
  test('knows a file by any path', async () => {
    await writeFile(at('file'), '')
    await symlink('file', at('link'))
    await symlink('.', at('here'))
    expect(isSameFile(at('file'), at('link'))).toBe(true)
    expect(isSameFile(at('file'), at('here/file'))).toBe(true)
    expect(isSameFile(at('new'), at('here/new'))).toBe(true)
    expect(isSameFile(at('new'), at('here/other'))).toBe(false)
    expect(isSameFile(at('none/new'), at('none/new'))).toBe(true)
  })

  test('lets two outputs go to one device', () => {
    expect(isSameFile('/dev/null', '/dev/null')).toBe(false)
  })
})

import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeystoreError, writeFileWhole } from '@mayfly/keystore-hsm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-whole-file-'))
  file = join(folder, 'a.key')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('writeFileWhole', () => {
  test('makes a new file that its owner alone may read', async () => {
    await writeFileWhole(file, 'contents')
    expect(readFileSync(file, 'utf8')).toBe('contents')
    expect(modeOf(file)).toBe(0o600)
  })

  test('gives a new file the mode asked for', async () => {
    await writeFileWhole(file, Buffer.from('contents'), { mode: 0o644 })
    expect(readFileSync(file, 'utf8')).toBe('contents')
    expect(modeOf(file)).toBe(0o644)
  })

  test.each([0o400, 0o600, 0o640, 0o644])('keeps the mode %o of an existing file', async (mode) => {
    writeFileSync(file, 'old')
    chmodSync(file, mode)
    await writeFileWhole(file, 'new', { mode: 0o666 })
    expect(readFileSync(file, 'utf8')).toBe('new')
    expect(modeOf(file)).toBe(mode)
  })

  test('keeps the owner of an existing file', async () => {
    writeFileSync(file, 'old')
    const owner = findOtherOwner()
    chownSync(file, owner.uid, owner.gid)
    await writeFileWhole(file, 'new')
    expect(statSync(file)).toMatchObject(owner)
  })

  test('gives a new file the mode and owner of another one, if that is there', async () => {
    const other = join(folder, 'other.key')
    writeFileSync(other, 'old')
    chmodSync(other, 0o644)
    const owner = findOtherOwner()
    chownSync(other, owner.uid, owner.gid)
    await writeFileWhole(file, 'new', { like: other, maximumMode: 0o640, overwrite: false })
    expect(statSync(file)).toMatchObject(owner)
    expect(modeOf(file)).toBe(0o640)
    expect(readFileSync(other, 'utf8')).toBe('old')

    const third = join(folder, 'third.key')
    await writeFileWhole(third, 'new', { like: join(folder, 'missing.key') })
    expect(modeOf(third)).toBe(0o600)
  })

  test('follows a symbolic link and leaves it in place', async () => {
    mkdirSync(join(folder, 'elsewhere'))
    const target = join(folder, 'elsewhere', 'target.key')
    writeFileSync(target, 'old')
    symlinkSync('elsewhere/target.key', file)
    await writeFileWhole(file, 'new')
    expect(readlinkSync(file)).toBe('elsewhere/target.key')
    expect(lstatSync(target).isFile()).toBe(true)
    expect(readFileSync(target, 'utf8')).toBe('new')
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['target.key'])
  })

  test('puts the file in place of a symbolic link that leads nowhere', async () => {
    symlinkSync('nowhere', file)
    await writeFileWhole(file, 'new')
    expect(lstatSync(file).isFile()).toBe(true)
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('replaces nothing when told so, and leaves nothing over', async () => {
    writeFileSync(file, 'old')
    const written = writeFileWhole(file, 'new', { overwrite: false })
    await expect(written).rejects.toMatchObject({ code: 'key_file_exists' })
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('replaces the file, so that one who has it open keeps the old', async () => {
    writeFileSync(file, 'old')
    const before = statSync(file).ino
    await writeFileWhole(file, 'new')
    expect(statSync(file).ino).not.toBe(before)
  })

  test('lets writers of one file follow each other', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(10_000))
    await Promise.all(texts.map((text) => writeFileWhole(file, text)))
    expect(texts).toContain(readFileSync(file, 'utf8'))
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('keeps the old file and leaves nothing when the disk is full', () => {
    writeFileSync(file, 'old')
    // A file may have 1 KiB: the first write(2) comes back short, the next fails, as on a full disk.
    const script = `
      const { writeFileWhole } = await import(${JSON.stringify(entryPoint)})
      const error = await writeFileWhole(${JSON.stringify(file)}, 'x'.repeat(3000)).catch((e) => e)
      process.stdout.write(error?.code + ': ' + error?.message)
    `
    const { stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 1; exec "$0" --input-type=module --eval "$1"', process.execPath, script],
      { encoding: 'utf8' },
    )
    expect(stdout).toBe(`key_file_unwritable: write ${file} failed: file too large`)
    expect(readFileSync(file, 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('says why a file cannot be written', async () => {
    const path = join(folder, 'missing', 'a.key')
    await expect(writeFileWhole(path, 'new')).rejects.toMatchObject({
      code: 'key_file_unwritable',
      message: `write ${path} failed: no such file or directory`,
    })
  })

  test('refuses to replace a folder or a device', async () => {
    for (const path of [folder, '/dev/null']) {
      await expect(writeFileWhole(path, 'new')).rejects.toMatchObject({
        code: 'key_file_unwritable',
        message: `${path} is not a regular file`,
      })
    }
    expect(readdirSync(folder)).toEqual([])
  })

  test('syncs the file before the rename, and the folder after it', async (context) => {
    const hasStrace = spawnSync('strace', ['-V']).status === 0
    context.skip(!hasStrace && !process.env.CI, 'no strace on this machine')
    const trace = join(folder, 'trace')
    const script = `
      const { writeFileWhole } = await import(${JSON.stringify(entryPoint)})
      await writeFileWhole(${JSON.stringify(file)}, 'contents')
    `
    execFileSync('strace', ['-f', '-y', '-e', 'trace=fsync,fdatasync,rename', '-o', trace,
      process.execPath, '--input-type=module', '--eval', script]) // biome-ignore format: one call
    const calls = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => line.includes(folder))
    expect(calls.map((line) => /(fsync|rename)\(/.exec(line)?.[1])).toEqual([
      'fsync',
      'rename',
      'fsync',
    ])
  })

  test('throws its own error', async () => {
    await expect(writeFileWhole(folder, '')).rejects.toBeInstanceOf(KeystoreError)
  })
})

const entryPoint = new URL('../src/index.ts', import.meta.url).href

/** Whom this process may give a file to: root anyone, others one of their own groups. */
function findOtherOwner(): { uid: number; gid: number } {
  const uid = process.getuid?.() ?? 0
  if (uid === 0) return { uid: 1234, gid: 2345 }
  return { uid, gid: process.getgroups?.().at(-1) ?? process.getgid?.() ?? 0 }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Outcome, runCaptured } from '../support/captured-io.ts'

let base: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'mayfly-remove-'))
})

afterEach(async () => {
  await rm(base, { recursive: true })
})

describe('context remove', () => {
  test('keeps the folder that another context reaches by a link', async () => {
    await makeKey('authorities/one/secrets')
    await symlink('one', join(base, 'authorities', 'alias'))
    await writeContexts({ one: 'one', other: 'alias' })
    expect(await remove('one')).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(existsSync(join(base, 'authorities', 'alias', 'secrets', 'key'))).toBe(true)
    expect(await listed()).toEqual(['other'])
  })

  test('keeps the folder that holds the one of another context', async () => {
    await makeKey('authorities/one/inner/secrets')
    await symlink('one/inner', join(base, 'authorities', 'alias'))
    await writeContexts({ one: 'one', other: 'alias' })
    expect(await remove('one')).toMatchObject({ status: 0 })
    expect(existsSync(join(base, 'authorities', 'alias', 'secrets', 'key'))).toBe(true)
  })

  test('takes a link away, and not what it leads to', async () => {
    await makeKey('elsewhere')
    await mkdir(join(base, 'authorities'))
    await symlink('../elsewhere', join(base, 'authorities', 'one'))
    await writeContexts({ one: 'one', other: 'other' })
    expect(await remove('one')).toMatchObject({ status: 0 })
    expect(existsSync(join(base, 'authorities', 'one'))).toBe(false)
    expect(existsSync(join(base, 'elsewhere', 'key'))).toBe(true)
  })

  test('does not delete through a link within a folder', async () => {
    await makeKey('elsewhere')
    await makeKey('authorities/one')
    await symlink('../../elsewhere', join(base, 'authorities', 'one', 'db'))
    await writeContexts({ one: 'one', other: 'other' })
    expect(await remove('one')).toMatchObject({ status: 0 })
    expect(existsSync(join(base, 'authorities', 'one'))).toBe(false)
    expect(existsSync(join(base, 'elsewhere', 'key'))).toBe(true)
  })

  test('deletes nothing for a name that leads out of the folder', async () => {
    await makeKey('secrets')
    await writeContexts({ one: '..', other: 'other' })
    expect(await remove('one')).toMatchObject({ status: 1 })
    expect(existsSync(join(base, 'secrets', 'key'))).toBe(true)
    expect(await listed()).toEqual(['one', 'other'])
  })

  test('names the folder that it could not delete', async () => {
    await writeFile(join(base, 'authorities'), '')
    await writeContexts({ one: 'one', other: 'other' })
    const folder = join(base, 'authorities', 'one')
    expect(await remove('one')).toEqual({
      status: 1,
      stdout: '',
      stderr: `remove ${folder} failed: not a directory\nthe context is forgotten; delete what is left of the folder by hand, its keys are in it\n`,
    })
  })
})

async function remove(name: string): Promise<Outcome> {
  return await runCaptured(['context', 'remove', name, '--force'], {
    environment: { MAYFLYPATH: base },
  })
}

async function makeKey(folder: string): Promise<void> {
  await mkdir(join(base, folder), { recursive: true })
  await writeFile(join(base, folder, 'key'), '')
}

/** Each of its own profile; `other` is the current one. */
async function writeContexts(authorities: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(authorities).map(([name, authority]) => {
    return [name, { authority, profile: name }]
  })
  await writeFile(join(base, 'contexts.json'), JSON.stringify(Object.fromEntries(entries)))
  await writeFile(join(base, 'current-context.json'), '{"context":"other"}')
}

async function listed(): Promise<readonly string[]> {
  return Object.keys(JSON.parse(await readFile(join(base, 'contexts.json'), 'utf8')))
}

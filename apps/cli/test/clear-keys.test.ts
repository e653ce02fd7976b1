import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCaptured } from './support/captured-io.ts'

let folder: string
const at = (name: string) => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-clear-'))
  await writeFile(at('password.txt'), 'p4ssword\n')
  await mayfly('crypto', 'keypair', at('ec.pub'), at('ec.key'), ...clear)
  for (const name of ['one', 'two']) {
    await writeFile(at(name), '')
    await chmod(at(name), 0o644)
  }
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const clear = ['--no-password', '--insecure', '--force']

describe('over a file that all may read, a key in the clear is hidden from others', () => {
  test('by keypair, the private half alone', async () => {
    await mayfly('crypto', 'keypair', at('one'), at('two'), ...clear)
    expect(await modes()).toEqual({ one: 0o644, two: 0o640 })
  })

  test('by jwk create, the private half alone', async () => {
    await mayfly('crypto', 'jwk', 'create', at('one'), at('two'), ...clear)
    expect(await modes()).toEqual({ one: 0o644, two: 0o640 })
  })

  test('by jwk create of a secret, both files: both hold it', async () => {
    await mayfly('crypto', 'jwk', 'create', at('one'), at('two'), '--kty', 'oct', ...clear)
    expect(await modes()).toEqual({ one: 0o640, two: 0o640 })
    expect(JSON.parse(await readFile(at('one'), 'utf8'))).toMatchObject({ kty: 'oct' })
  })

  test.each([['--der'], ['--ssh', ...clear], ['--jwk', ...clear], ['--pem', ...clear]])(
    'by key format %s',
    async (...flags) => {
      await mayfly('crypto', 'key', 'format', at('ec.key'), '--out', at('one'), '--force', ...flags)
      expect(await modes()).toMatchObject({ one: 0o640 })
    },
  )
})

test('a key under a password, and a public one, go into a file as it is', async () => {
  const password = ['--password-file', at('password.txt'), '--force']
  await mayfly('crypto', 'keypair', at('one'), at('two'), ...password)
  expect(await modes()).toEqual({ one: 0o644, two: 0o644 })
  await mayfly('crypto', 'key', 'format', at('ec.pub'), '--out', at('one'), '--force')
  expect(await modes()).toMatchObject({ one: 0o644 })
})

async function mayfly(...words: readonly string[]): Promise<void> {
  const { status, stderr } = await runCaptured(words, { environment: { MAYFLYPATH: at('home') } })
  expect(status, stderr).toBe(0)
}

async function modes(): Promise<Readonly<Record<'one' | 'two', number>>> {
  const [one, two] = await Promise.all(['one', 'two'].map((name) => stat(at(name))))
  return { one: (one?.mode ?? 0) & 0o777, two: (two?.mode ?? 0) & 0o777 }
}

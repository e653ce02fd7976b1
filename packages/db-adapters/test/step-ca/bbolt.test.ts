import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openBboltFile } from '../../src/step-ca.ts'
import {
  createFolder,
  loadBboltVector,
  loadExpectedRows,
  readFile,
  tablesOf,
} from '../support/step-ca-vectors.ts'

const vector = loadBboltVector()
const rows = loadExpectedRows('bbolt')
const tables = tablesOf(rows)
const pageSize = 4096

describe('a bbolt file', () => {
  test('has the rows that bbolt itself reads', async () => {
    expect(await readFile(writeFile(vector), tables)).toEqual(rows)
  })

  test('yields the rows of a table in the order of their keys, from any of them on', async () => {
    await using source = await openBboltFile({ path: writeFile(vector) })
    for (const table of tables) {
      const keys: Buffer[] = []
      for await (const { key } of source.rows(table)) keys.push(Buffer.from(key))
      expect(keys).toEqual(keys.toSorted(Buffer.compare))
      expect(await source.countRows(table)).toBe(keys.length)
      for (const [index, key] of keys.entries()) {
        const { value: next } = await source.rows(table, key)[Symbol.asyncIterator]().next()
        expect(next?.key).toEqual(keys[index + 1] && Uint8Array.from(keys[index + 1] ?? []))
      }
    }
  })

  test('is left as it was', async () => {
    const path = writeFile(vector)
    await readFile(path, tables)
    expect(readFileSync(path).equals(vector)).toBe(true)
  })

  test('has no rows in a table that does not exist', async () => {
    await using source = await openBboltFile({ path: writeFile(vector) })
    expect(await source.countRows('admins')).toBe(0)
  })

  test('says what it is', async () => {
    const path = writeFile(vector)
    await using source = await openBboltFile({ path })
    expect(source).toMatchObject({ kind: 'bbolt', description: `bbolt file ${path}` })
  })

  test('has one digest for each copy and another for another state', async () => {
    await using one = await openBboltFile({ path: writeFile(vector) })
    await using copy = await openBboltFile({ path: writeFile(vector) })
    await using older = await openBboltFile({ path: writeFile(withOlderState(vector)) })
    expect(await copy.stateDigest()).toBe(await one.stateDigest())
    expect(await older.stateDigest()).not.toBe(await one.stateDigest())
  })

  test('refuses once it is disposed of', async () => {
    const source = await openBboltFile({ path: writeFile(vector) })
    await source[Symbol.asyncDispose]()
    await source[Symbol.asyncDispose]()
    await expect(source.stateDigest()).rejects.toMatchObject({ code: 'store_closed' })
    await expect(source.countRows('nonces')).rejects.toMatchObject({ code: 'store_closed' })
  })

  test('refuses to go on once it is disposed of', async () => {
    const source = await openBboltFile({ path: writeFile(vector) })
    const read = source.rows('x509_certs')[Symbol.asyncIterator]()
    await read.next()
    await source[Symbol.asyncDispose]()
    await expect(read.next()).rejects.toMatchObject({ code: 'store_closed' })
  })

  test('refuses when it is written to meanwhile', async () => {
    const path = writeFile(vector)
    await using source = await openBboltFile({ path })
    writeFileSync(path, 'more', { flag: 'a' })
    await expect(source.countRows('nonces')).rejects.toMatchObject({ code: 'store_unavailable' })
  })

  test.skipIf(process.platform !== 'linux')('is refused while a lock is held on it', async () => {
    const path = writeFile(vector)
    const holder = spawn('flock', [path, 'sh', '-c', 'echo held; read end'])
    await once(holder.stdout, 'data')
    await expect(openBboltFile({ path })).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('is in use by process'),
    })
    holder.stdin.end()
    await once(holder, 'exit')
    expect(await readFile(path, tables)).toEqual(rows)
  })
})

describe('a bbolt file that cannot be read as a whole', () => {
  const newest = newestPage(vector)

  test('is read all the same where only the state before the last is damaged', async () => {
    const octets = damaged(vector, (1 - newest) * pageSize + 30)
    expect(await readFile(writeFile(octets), tables)).toEqual(rows)
  })

  test.each([
    { what: 'the newest state is damaged', octets: damaged(vector, newest * pageSize + 30) },
    {
      what: 'both states are damaged',
      octets: damaged(damaged(vector, 30), pageSize + 30),
    },
    { what: 'two tables share a page', octets: withSharedPage(vector) },
    { what: 'it is cut off', octets: vector.subarray(0, 20 * pageSize) },
    { what: 'a page bears another number', octets: damagedPages(vector, 0) },
    { what: 'pages are of another kind', octets: damagedPages(vector, 8) },
    { what: 'pages hold more than they say', octets: damagedPages(vector, 10) },
  ])('is refused: $what', async ({ octets }) => {
    await expect(readFile(writeFile(octets), tables)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store_corrupt',
      hint: expect.any(String),
    })
  })

  test.each([
    { what: 'an empty one', octets: Buffer.alloc(0) },
    { what: 'one of something else', octets: Buffer.from('SQLite format 3\0'.repeat(1000)) },
  ])('is refused: $what', async ({ octets }) => {
    await expect(openBboltFile({ path: writeFile(octets) })).rejects.toMatchObject({
      code: 'store_unavailable',
      hint: expect.stringContaining('db.dataSource'),
    })
  })

  test('is refused where there is none', async () => {
    const opening = openBboltFile({ path: join(createFolder(), 'absent') })
    await expect(opening).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(openBboltFile({ path: createFolder() })).rejects.toMatchObject({
      code: 'store_unavailable',
    })
  })
})

function writeFile(octets: Buffer): string {
  const path = join(createFolder(), 'db')
  writeFileSync(path, octets)
  return path
}

/** The first pages tell the states of the last two transactions; the number is at octet 64. */
function newestPage(octets: Buffer): number {
  const transaction = (page: number) => octets.readBigUInt64LE(page * pageSize + 64)
  return transaction(0) > transaction(1) ? 0 : 1
}

function withOlderState(octets: Buffer): Buffer {
  const copy = Buffer.from(octets)
  const newest = newestPage(copy)
  const older = copy.subarray((1 - newest) * pageSize, (2 - newest) * pageSize)
  older.copy(copy, newest * pageSize)
  return copy
}

function damaged(octets: Buffer, position: number): Buffer {
  const copy = Buffer.from(octets)
  copy.writeUInt8(copy.readUInt8(position) ^ 1, position)
  return copy
}

/** With the pages of one table for another's too: a table's name is followed by the number of its first page. */
function withSharedPage(octets: Buffer): Buffer {
  const copy = Buffer.from(octets)
  const root = Number(copy.readBigUInt64LE(newestPage(copy) * pageSize + 32)) * pageSize
  const numberBehind = (name: string) => copy.indexOf(name, root) + name.length
  copy.copy(copy, numberBehind('nonces'), numberBehind('used_ott'), numberBehind('used_ott') + 8)
  return copy
}

/** Every page behind the first two, at one place. */
function damagedPages(octets: Buffer, position: number): Buffer {
  let copy = octets
  for (let start = 2 * pageSize; start < octets.length; start += pageSize) {
    copy = damaged(copy, start + position)
  }
  return copy
}

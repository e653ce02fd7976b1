import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openBadgerFolder } from '../../src/step-ca.ts'
import {
  createFolder,
  type Files,
  loadExpectedRows,
  loadVector,
  openFolder,
  readFolder,
  tablesOf,
  writeFiles,
} from '../support/step-ca-vectors.ts'

const databases = [
  { name: 'badger-step-ca', expected: 'badger-step-ca', what: 'of a step-ca that was killed' },
  { name: 'badger-none', expected: 'badger-levels', what: 'with blocks as they are' },
  { name: 'badger-snappy', expected: 'badger-levels', what: 'with blocks compressed by Snappy' },
  { name: 'badger-zstd', expected: 'badger-levels', what: 'with blocks compressed by Zstandard' },
  { name: 'badger-moved', expected: 'badger-moved', what: 'whose value log was collected' },
]

describe.each(databases)('a Badger database $what', ({ name, expected }) => {
  const vector = loadVector(name)
  const rows = loadExpectedRows(expected)
  const tables = tablesOf(rows)

  test('has the rows that Badger itself reads', async () => {
    expect(await readFolder(writeFiles(vector), tables)).toEqual(rows)
  })

  test('yields the rows of a table in the order of their keys, from any of them on', async () => {
    await using source = await openFolder(writeFiles(vector))
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
    const folder = writeFiles(vector)
    await readFolder(folder, tables)
    expect(new Set(readdirSync(folder))).toEqual(new Set(vector.keys()))
    for (const [file, octets] of vector) {
      expect(readFileSync(join(folder, file)).equals(octets)).toBe(true)
    }
  })
})

describe('a source of a Badger folder', () => {
  const vector = loadVector('badger-step-ca')

  test('has no rows in a table that does not exist', async () => {
    await using source = await openFolder(writeFiles(vector))
    expect(await source.countRows('x509')).toBe(0)
    expect(await source.countRows('admins')).toBe(0)
  })

  test('says what it is', async () => {
    const folder = writeFiles(vector)
    await using source = await openFolder(folder)
    expect(source).toMatchObject({ kind: 'badger', description: `Badger folder ${folder}` })
  })

  test('has one digest for each copy and another once something was written', async () => {
    await using one = await openFolder(writeFiles(vector))
    await using copy = await openFolder(writeFiles(vector))
    await using shorter = await openFolder(writeFiles(withCutLog(vector, 1)))
    expect(await copy.stateDigest()).toBe(await one.stateDigest())
    expect(await shorter.stateDigest()).not.toBe(await one.stateDigest())
  })

  test('reads a value log in a folder of its own', async () => {
    const log = new Map([...vector].filter(([file]) => file.endsWith('.vlog')))
    const rest = new Map([...vector].filter(([file]) => !file.endsWith('.vlog')))
    await using source = await openBadgerFolder({
      path: writeFiles(rest),
      valuePath: writeFiles(log),
      now: () => new Date(),
    })
    expect(await source.countRows('x509_certs')).toBeGreaterThan(10)
  })

  test('refuses once it is disposed of', async () => {
    const source = await openFolder(writeFiles(vector))
    await source[Symbol.asyncDispose]()
    await source[Symbol.asyncDispose]()
    await expect(source.stateDigest()).rejects.toMatchObject({ code: 'store_closed' })
    await expect(source.countRows('nonces')).rejects.toMatchObject({ code: 'store_closed' })
  })

  test('refuses to go on once it is disposed of', async () => {
    const source = await openFolder(writeFiles(vector))
    const rows = source.rows('x509_certs')[Symbol.asyncIterator]()
    await rows.next()
    await source[Symbol.asyncDispose]()
    await expect(rows.next()).rejects.toMatchObject({ code: 'store_closed' })
  })

  test('refuses when the database is written to meanwhile', async () => {
    const folder = writeFiles(vector)
    await using source = await openFolder(folder)
    writeFileSync(join(folder, '000000.vlog'), 'more', { flag: 'a' })
    await expect(source.countRows('nonces')).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(source.stateDigest()).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})

describe('what a crash leaves at the end of the value log', () => {
  const vector = loadVector('badger-step-ca')
  const rows = loadExpectedRows('badger-step-ca')
  const tables = tablesOf(rows)

  test.each([
    { cut: 1, what: 'an unfinished end of a transaction' },
    { cut: 36, what: 'a transaction without its end' },
    { cut: 60, what: 'a part of an entry' },
  ])('does not count: $what', async ({ cut }) => {
    const left = await readFolder(writeFiles(withCutLog(vector, cut)), tables)
    expect(left.length).toBeLessThan(rows.length)
    expect(rows).toEqual(expect.arrayContaining(left))
  })

  test('may be zeros', async () => {
    const files = changed(vector, '000000.vlog', (octets) =>
      Buffer.concat([octets, Buffer.alloc(100_000)]),
    )
    expect(await readFolder(writeFiles(files), tables)).toEqual(rows)
  })

  test('may be a file just begun', async () => {
    const files = new Map([...vector, ['000001.vlog', Buffer.alloc(0)]])
    expect(await readFolder(writeFiles(files), tables)).toEqual(rows)
  })

  test('may be a table that MANIFEST does not name yet', async () => {
    const files = new Map([...vector, ['000009.sst', Buffer.from('begun')]])
    expect(await readFolder(writeFiles(files), tables)).toEqual(rows)
  })
})

describe('a folder that cannot be read as a whole', () => {
  const vector = loadVector('badger-none')

  test.each<{ what: string; files: Files; code: string }>([
    { what: 'of Badger 1', files: withVersion(vector, 4), code: 'store_unavailable' },
    { what: 'of Badger 4', files: withVersion(vector, 8), code: 'store_unavailable' },
    {
      what: 'encrypted',
      files: changed(vector, 'KEYREGISTRY', (octets) => octets.fill(7, 16)),
      code: 'store_unavailable',
    },
    { what: 'without MANIFEST', files: without(vector, 'MANIFEST'), code: 'store_unavailable' },
    { what: 'without a table', files: without(vector, '000003.sst'), code: 'store_corrupt' },
    { what: 'without its value log', files: without(vector, '000000.vlog'), code: 'store_corrupt' },
    {
      what: 'with the end of its value log alone',
      files: new Map([
        ...without(vector, '000000.vlog'),
        ['000001.vlog', vector.get('000000.vlog') ?? Buffer.alloc(0)],
      ]),
      code: 'store_corrupt',
    },
    {
      what: 'with damage before a later transaction',
      files: changed(vector, '000000.vlog', (octets) =>
        octets.fill(0xff, octets.length - 2000, octets.length - 1990),
      ),
      code: 'store_corrupt',
    },
  ])('is refused: $what', async ({ files, code }) => {
    await expect(openFolder(writeFiles(files))).rejects.toMatchObject({
      name: 'StoreError',
      code,
      hint: code === 'store_corrupt' ? expect.any(String) : expect.toSatisfy(() => true),
    })
  })

  test('is refused with a MANIFEST that is too long to be read whole', async () => {
    const folder = writeFiles(vector)
    truncateSync(join(folder, 'MANIFEST'), 64 * 1024 * 1024 + 1)
    await expect(openFolder(folder)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringContaining('MANIFEST: a length of 67108865 octets is not believed'),
    })
  })

  test('is refused where there is none', async () => {
    const opening = openFolder(join(createFolder(), 'absent'))
    await expect(opening).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})

describe('a folder in use', () => {
  const vector = loadVector('badger-moved')

  test('is refused while the process noted in LOCK has it open', async () => {
    const folder = writeFiles(new Map([...vector, ['LOCK', Buffer.from(`${process.pid}\n`)]]))
    const descriptor = openSync(join(folder, 'MANIFEST'), 'r')
    onTestFinished(() => closeSync(descriptor))
    await expect(openFolder(folder)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: `${folder} is in use by process ${process.pid}`,
    })
  })

  test.each([
    { what: 'has ended', pid: () => spawnSync('true').pid },
    { what: 'does other things', pid: () => process.pid },
  ])('is no more where the process noted in LOCK $what', async ({ pid }) => {
    const folder = writeFiles(new Map([...vector, ['LOCK', Buffer.from(`${pid()}\n`)]]))
    await using source = await openFolder(folder)
    expect(await source.countRows('nonces')).toBeGreaterThan(0)
  })

  test.skipIf(process.platform !== 'linux')('is refused while a lock is held on it', async () => {
    const folder = writeFiles(vector)
    const holder = spawn('flock', [folder, 'sh', '-c', 'echo held; read end'])
    await once(holder.stdout, 'data')
    await expect(openFolder(folder)).rejects.toMatchObject({ code: 'store_unavailable' })
    holder.stdin.end()
    await once(holder, 'exit')
    await using source = await openFolder(folder)
    expect(await source.countRows('nonces')).toBeGreaterThan(0)
  })
})

function changed(files: Files, name: string, change: (octets: Buffer) => Buffer): Files {
  return new Map([...files, [name, change(Buffer.from(files.get(name) ?? []))]])
}

function without(files: Files, name: string): Files {
  return new Map([...files].filter(([file]) => file !== name))
}

function withCutLog(files: Files, octets: number): Files {
  return changed(files, '000000.vlog', (log) => log.subarray(0, -octets))
}

function withVersion(files: Files, version: number): Files {
  return changed(files, 'MANIFEST', (octets) => {
    octets.writeUInt32BE(version, 4)
    return octets
  })
}

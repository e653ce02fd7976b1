import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import {
  createFolder,
  loadBboltVector,
  loadExpectedRows,
  loadVector,
  readFile,
  readFolder,
  tablesOf,
  writeFiles,
} from '../support/step-ca-vectors.ts'

/** A change of octets at a place, as a part of the whole: a flipped bit, a number put there, or the end. */
type Damage = { readonly place: number } & (
  | { readonly kind: 'flip'; readonly bit: number }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'cut' }
)

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const flip = fc.record({ kind: fc.constant('flip' as const), place, bit: fc.nat(7) })
const number = fc.record({
  kind: fc.constant('number' as const),
  place,
  value: fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0x7fffffff, 0xffffffff, 0xffff0000)),
})
const cut = fc.record({ kind: fc.constant('cut' as const), place })

const databases = [
  { name: 'badger-step-ca', expected: 'badger-step-ca' },
  { name: 'badger-none', expected: 'badger-levels' },
  { name: 'badger-snappy', expected: 'badger-levels' },
  { name: 'badger-zstd', expected: 'badger-levels' },
  { name: 'badger-moved', expected: 'badger-moved' },
]

describe.each(databases)('a damaged Badger database: $name', ({ name, expected }) => {
  const vector = loadVector(name)
  const rows = loadExpectedRows(expected)
  const tables = tablesOf(rows)
  const file = fc.constantFrom(...[...vector.keys()].filter((key) => key !== 'KEYREGISTRY'))
  const lastLog = [...vector.keys()].filter((key) => key.endsWith('.vlog')).at(-1)

  test(
    'is refused or read in full, wherever octets are wrong',
    async () => {
      const folder = createFolder()
      await fc.assert(
        fc.asyncProperty(file, fc.oneof(flip, number), async (damagedFile, damage) => {
          writeFiles(vector, folder)
          writeFileSync(join(folder, damagedFile), apply(damage, vector.get(damagedFile)))
          const read = await readOrRefuse(() => readFolder(folder, tables))
          if (read !== 'refused') expect(read).toEqual(rows)
        }),
        { numRuns: runs },
      )
    },
    timeout,
  )

  test(
    'is refused or read in full, wherever a file but the last of the log is cut',
    async () => {
      const folder = createFolder()
      await fc.assert(
        fc.asyncProperty(file, cut, async (damagedFile, damage) => {
          writeFiles(vector, folder)
          writeFileSync(join(folder, damagedFile), apply(damage, vector.get(damagedFile)))
          const read = await readOrRefuse(() => readFolder(folder, tables))
          if (read !== 'refused' && damagedFile !== lastLog) expect(read).toEqual(rows)
        }),
        { numRuns: runs },
      )
    },
    timeout,
  )
})

describe('a damaged bbolt file', () => {
  const vector = loadBboltVector()
  const tables = tablesOf(loadExpectedRows('bbolt'))

  test(
    'is refused or read, wherever octets are wrong or the file is cut',
    async () => {
      const path = join(createFolder(), 'db')
      await fc.assert(
        fc.asyncProperty(fc.oneof(flip, number, cut), async (damage) => {
          writeFileSync(path, apply(damage, vector))
          await readOrRefuse(() => readFile(path, tables))
        }),
        { numRuns: runs * 3 },
      )
    },
    timeout,
  )

  test(
    'misses no row, wherever the head of a page is wrong',
    async () => {
      const path = join(createFolder(), 'db')
      const keys = loadExpectedRows('bbolt').map(keyOf)
      const page = fc.nat(vector.length / 4096 - 1)
      await fc.assert(
        fc.asyncProperty(page, fc.nat(15), fc.nat(7), async (number, octet, bit) => {
          const octets = Buffer.from(vector)
          const position = number * 4096 + octet
          octets.writeUInt8(octets.readUInt8(position) ^ (1 << bit), position)
          writeFileSync(path, octets)
          const read = await readOrRefuse(() => readFile(path, tables))
          // What is the head of a page may be a part of a value as well, which nothing checks.
          if (read !== 'refused') expect(read.map(keyOf)).toEqual(keys)
        }),
        { numRuns: runs * 3 },
      )
    },
    timeout,
  )
})

function keyOf(row: string): string {
  return row.split(' ').slice(0, 2).join(' ')
}

function apply(damage: Damage, whole: Buffer = Buffer.alloc(0)): Buffer {
  const octets = Buffer.from(whole)
  const position = Math.floor(damage.place * octets.length)
  if (damage.kind === 'cut') return octets.subarray(0, position)
  if (damage.kind === 'flip') octets[position] = (octets[position] ?? 0) ^ (1 << damage.bit)
  else octets.writeUInt32LE(damage.value, Math.max(0, Math.min(position, octets.length - 4)))
  return octets
}

async function readOrRefuse(read: () => Promise<string[]>): Promise<string[] | 'refused'> {
  try {
    return await read()
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toHaveProperty('code', expect.stringMatching(/^store_(corrupt|unavailable)$/))
    return 'refused'
  }
}

const runs = process.env.MAYFLY_TEST_LONG === undefined ? 30 : 3000
const timeout = 10 * 60_000

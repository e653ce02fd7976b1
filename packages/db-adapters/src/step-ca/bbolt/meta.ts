import { StoreError } from '../../errors.ts'
import { corrupt, type SourceFile } from '../source-file.ts'
import { type PageId, pageHeaderLength } from './page.ts'

/** What a committed transaction of bbolt says of the file. */
export interface Meta {
  readonly pageSize: number
  /** The root of the tree of buckets. */
  readonly root: PageId
  /** The number behind the last page in use. */
  readonly end: PageId
  /** Where the free pages are listed; undefined where they are not. */
  readonly freeList: PageId | undefined
  readonly transaction: bigint
  /** The octets as they stand in the file. */
  readonly octets: Buffer
}

/**
 * The newest state of the file. Its first two pages say by turns what the last two transactions
 * committed; bbolt writes and syncs all other pages of a transaction before.
 *
 * bbolt itself goes on with the older state when the newer page is damaged. That loses what the newer one
 * committed, so here a damaged page is passed over only if it is the older.
 *
 * @throws {StoreError} `store_corrupt`, or `store_unavailable` when the file is none of bbolt.
 */
export function readMeta(file: SourceFile): Meta {
  const first = parseMeta(file, 0)
  const second = findSecond(file, first)
  const metas = [first, second].filter((meta) => meta !== undefined)
  const [newest] = metas.sort((left, right) => (left.transaction < right.transaction ? 1 : -1))
  if (newest === undefined) throw unreadable(file)
  if (metas.length === 1) assertOlder(file, first === undefined ? 0 : newest.pageSize, newest)
  if (newest.end * newest.pageSize > file.size) {
    throw corrupt(file.path, `it is cut off: ${newest.end} pages are in use`)
  }
  return newest
}

/** The second page begins where the first says, or where a page of some usual size would end. */
function findSecond(file: SourceFile, first: Meta | undefined): Meta | undefined {
  if (first !== undefined) return parseMeta(file, first.pageSize)
  for (let size = 1024; size <= maximumPageSize; size *= 2) {
    const meta = parseMeta(file, size)
    if (meta?.pageSize === size) return meta
  }
  return undefined
}

function parseMeta(file: SourceFile, offset: number): Meta | undefined {
  const octets = metaOctets(file, offset)
  if (octets === undefined) return undefined
  if (octets.readUInt32LE(0) !== magic || octets.readUInt32LE(4) !== version) return undefined
  if (fnv1a(octets.subarray(0, checksumStart)) !== octets.readBigUInt64LE(checksumStart)) {
    return undefined
  }
  const pageSize = octets.readUInt32LE(8)
  const root = Number(octets.readBigUInt64LE(16))
  const end = Number(octets.readBigUInt64LE(40))
  const list = octets.readBigUInt64LE(32)
  const freeList = list === noList ? undefined : Number(list)
  const isPower = pageSize >= 512 && (pageSize & (pageSize - 1)) === 0
  if (!isPower || pageSize > maximumPageSize) return undefined
  return { pageSize, root, end, freeList, transaction: transactionOf(octets), octets }
}

/** Refuses a damaged page, unless it says that it is of the transaction before the newest. */
function assertOlder(file: SourceFile, offset: number, newest: Meta): void {
  const octets = metaOctets(file, offset)
  if (octets !== undefined && transactionOf(octets) === newest.transaction - 1n) return
  throw new StoreError('store_corrupt', `${file.path}: one of its first two pages is damaged`, {
    hint: 'start step-ca with it once, which falls back to the last whole state, see that nothing is missing, and stop it',
  })
}

function unreadable(file: SourceFile): StoreError {
  const octets = metaOctets(file, 0)
  if (octets?.readUInt32LE(0) === magic)
    return corrupt(file.path, 'its first two pages are damaged')
  return new StoreError('store_unavailable', `${file.path} is not a file of bbolt`, {
    hint: 'name the file of step-ca\'s "db.dataSource", with "type": "bbolt"',
  })
}

function metaOctets(file: SourceFile, offset: number): Buffer | undefined {
  const start = offset + pageHeaderLength
  return start + metaLength > file.size ? undefined : file.read(start, metaLength)
}

function transactionOf(octets: Buffer): bigint {
  return octets.readBigUInt64LE(48)
}

/** FNV-1a of 64 bits. */
function fnv1a(octets: Buffer): bigint {
  let hash = 0xcbf29ce484222325n
  for (const octet of octets) hash = BigInt.asUintN(64, (hash ^ BigInt(octet)) * 0x100000001b3n)
  return hash
}

const magic = 0xed0cdaed
const version = 2
const noList = (1n << 64n) - 1n
const checksumStart = 56
const metaLength = 64
const maximumPageSize = 65_536

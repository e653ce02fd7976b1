import { corrupt, maximumOctets, type SourceFile } from '../source-file.ts'
import { maximumDepth, rootBucket } from './bucket.ts'
import type { Meta } from './meta.ts'
import { branchFlag, type PageId, pageHeaderLength, readPage } from './page.ts'

/**
 * Refuses a file in which a page belongs to two places, or to a table and to the free pages: a wrong
 * number of a page may lead to a page that is well-formed but another's or outdated. Of each page only
 * the head is read, and whole those that lead to others.
 *
 * @throws {StoreError} `store_corrupt`.
 */
export function assertPagesUsedOnce(file: SourceFile, meta: Meta): void {
  const isUsed = new Uint8Array(meta.end)
  isUsed.fill(1, 0, 2)

  function use(id: PageId, count: number): void {
    if (id + count > meta.end) throw corrupt(file.path, `page ${id} lies outside the pages in use`)
    for (let page = id; page < id + count; page += 1) {
      if (isUsed[page] !== 0) throw corrupt(file.path, `page ${page} belongs to two places`)
      isUsed[page] = 1
    }
  }

  function useTree(id: PageId, depth: number): void {
    if (depth > maximumDepth) throw corrupt(file.path, 'its tree is too deep')
    const head = readHead(file, meta, id)
    use(id, head.readUInt32LE(12) + 1)
    if (head.readUInt16LE(8) !== branchFlag) return
    const page = readPage(file, meta.pageSize, id, meta.end)
    if (page.kind === 'branch')
      for (const { page: child } of page.elements) useTree(child, depth + 1)
  }

  for (const [id, count] of freePages(file, meta)) use(id, count)
  useTree(meta.root, 0)
  for (const { isBucket, value } of rootBucket(file, meta).elements(new Uint8Array())) {
    const root = isBucket && value.length >= 8 ? Number(value.readBigUInt64LE(0)) : 0
    // A small bucket has no page of its own.
    if (root !== 0) useTree(root, 0)
  }
}

/** The free pages, and the pages that list them; bbolt may have been told not to keep the list. */
function* freePages(file: SourceFile, meta: Meta): Generator<readonly [PageId, number]> {
  if (meta.freeList === undefined) return
  const head = readHead(file, meta, meta.freeList)
  if (head.readUInt16LE(8) !== freeListFlag) {
    throw corrupt(file.path, `page ${meta.freeList} does not list the free pages`)
  }
  const pages = head.readUInt32LE(12) + 1
  yield [meta.freeList, pages]
  const start = meta.freeList * meta.pageSize + pageHeaderLength
  const short = head.readUInt16LE(10)
  const isLong = short === 0xffff
  const count = isLong ? Number(file.read(start, 8).readBigUInt64LE()) : short
  const first = start + (isLong ? 8 : 0)
  const end = (meta.freeList + pages) * meta.pageSize
  if (first + count * 8 > end) throw corrupt(file.path, 'the list of free pages is cut off')
  const part = maximumOctets / 1024
  for (let position = first; position < first + count * 8; position += part) {
    const ids = file.read(position, Math.min(part, first + count * 8 - position))
    for (let at = 0; at < ids.length; at += 8) yield [Number(ids.readBigUInt64LE(at)), 1]
  }
}

function readHead(file: SourceFile, meta: Meta, id: PageId): Buffer {
  if (id < 2 || id >= meta.end) {
    throw corrupt(file.path, `page ${id} lies outside the pages in use`)
  }
  return file.read(id * meta.pageSize, pageHeaderLength)
}

const freeListFlag = 0x10

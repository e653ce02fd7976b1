import { corrupt, type SourceFile } from '../source-file.ts'

/** The number of a page of the file. */
export type PageId = number

/** What a page of the tree holds; keys ascend. */
export type Page =
  | { readonly kind: 'branch'; readonly elements: readonly BranchElement[] }
  | { readonly kind: 'leaf'; readonly elements: readonly LeafElement[] }

/** A page further down, and the first key below it. */
interface BranchElement {
  readonly key: Buffer
  readonly page: PageId
}

export interface LeafElement {
  readonly key: Buffer
  readonly value: Buffer
  /** Whether the value is the head of a bucket. */
  readonly isBucket: boolean
}

/** Octets before the elements of a page: its number, kind, count of elements and count of pages behind it. */
export const pageHeaderLength = 16

/**
 * Reads a page with those that continue it.
 *
 * @param end the number behind the last page in use.
 * @throws {StoreError} `store_corrupt`.
 */
export function readPage(file: SourceFile, pageSize: number, id: PageId, end: PageId): Page {
  const refuse = (problem: string) => corrupt(file.path, `page ${id}: ${problem}`)
  if (id < 2 || id >= end) throw refuse('it lies outside the pages in use')
  const head = file.read(id * pageSize, pageHeaderLength)
  const overflow = head.readUInt32LE(12)
  if (head.readBigUInt64LE(0) !== BigInt(id)) throw refuse('it bears another number')
  if (id + overflow >= end) throw refuse('it goes on outside the pages in use')
  return parsePage(file.read(id * pageSize, (overflow + 1) * pageSize), refuse)
}

/**
 * Parses a page. bbolt writes keys and values one behind the other right after the elements; holding it to
 * this finds a wrong count or length, for pages bear no checksums.
 */
export function parsePage(octets: Buffer, refuse: (problem: string) => Error): Page {
  if (octets.length < pageHeaderLength) throw refuse('it is cut off')
  const flags = octets.readUInt16LE(8)
  const count = octets.readUInt16LE(10)
  const cursor = { start: pageHeaderLength, data: pageHeaderLength + count * elementLength }
  if (cursor.data > octets.length) throw refuse('its elements are cut off')
  if (flags === branchFlag) {
    const elements = Array.from({ length: count }, () => branchElement(octets, cursor, refuse))
    if (count === 0) throw refuse('it leads nowhere')
    return { kind: 'branch', elements: inOrder(elements, refuse) }
  }
  if (flags !== leafFlag) throw refuse(`pages of kind ${flags} are not known in a tree`)
  const elements = Array.from({ length: count }, () => leafElement(octets, cursor, refuse))
  return { kind: 'leaf', elements: inOrder(elements, refuse) }
}

interface ElementCursor {
  /** Of the next element. */
  start: number
  /** Of its key. */
  data: number
}

function branchElement(
  octets: Buffer,
  cursor: ElementCursor,
  refuse: (problem: string) => Error,
): BranchElement {
  const { start } = cursor
  const page = Number(octets.readBigUInt64LE(start + 8))
  const position = octets.readUInt32LE(start)
  const key = takeData(octets, cursor, position, octets.readUInt32LE(start + 4), refuse)
  cursor.start += elementLength
  return { key, page }
}

function leafElement(
  octets: Buffer,
  cursor: ElementCursor,
  refuse: (problem: string) => Error,
): LeafElement {
  const { start } = cursor
  const flags = octets.readUInt32LE(start)
  if (flags > bucketFlag) throw refuse(`an element of kind ${flags} is not known`)
  const keyLength = octets.readUInt32LE(start + 8)
  const length = keyLength + octets.readUInt32LE(start + 12)
  const data = takeData(octets, cursor, octets.readUInt32LE(start + 4), length, refuse)
  if (keyLength === 0) throw refuse('a key is empty')
  cursor.start += elementLength
  return {
    key: data.subarray(0, keyLength),
    value: data.subarray(keyLength),
    isBucket: flags === bucketFlag,
  }
}

function takeData(
  octets: Buffer,
  cursor: ElementCursor,
  position: number,
  length: number,
  refuse: (problem: string) => Error,
): Buffer {
  const start = cursor.start + position
  if (start !== cursor.data) throw refuse('its elements do not follow one another')
  if (start + length > octets.length) throw refuse('an element is cut off')
  cursor.data += length
  return octets.subarray(start, start + length)
}

function inOrder<E extends { readonly key: Buffer }>(
  elements: readonly E[],
  refuse: (problem: string) => Error,
): readonly E[] {
  for (const [index, { key }] of elements.entries()) {
    const previous = elements[index - 1]
    if (previous !== undefined && previous.key.compare(key) >= 0) {
      throw refuse('its keys are out of order')
    }
  }
  return elements
}

/** Of both kinds of element. */
const elementLength = 16
/** The kind of a page that leads to others. */
export const branchFlag = 0x01
const leafFlag = 0x02
const bucketFlag = 0x01

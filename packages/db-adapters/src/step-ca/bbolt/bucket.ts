import { corrupt, type SourceFile } from '../source-file.ts'
import type { Meta } from './meta.ts'
import { type LeafElement, type Page, parsePage, readPage } from './page.ts'

/** A tree of keys and values. */
export interface Bucket {
  /** The elements in the order of their keys, from the first key that is not before `from` on. */
  elements(from: Uint8Array): Generator<LeafElement>
}

/** The bucket that holds all others, by their names. */
export function rootBucket(file: SourceFile, meta: Meta): Bucket {
  return treeBucket(file, meta, () => readPage(file, meta.pageSize, meta.root, meta.end))
}

/** The bucket of this name; undefined where there is none. */
export function findBucket(file: SourceFile, meta: Meta, name: Uint8Array): Bucket | undefined {
  const [element] = rootBucket(file, meta).elements(name)
  if (element === undefined || element.key.compare(name) !== 0) return undefined
  const refuse = (problem: string) => corrupt(file.path, `a bucket in it: ${problem}`)
  if (!element.isBucket) throw refuse('it is a value')
  if (element.value.length < bucketHeadLength) throw refuse('it is cut off')
  const root = Number(element.value.readBigUInt64LE(0))
  if (root !== 0) {
    return treeBucket(file, meta, () => readPage(file, meta.pageSize, root, meta.end))
  }
  // A small bucket is a page within the value.
  const inline = parsePage(element.value.subarray(bucketHeadLength), refuse)
  return treeBucket(file, meta, () => inline)
}

function treeBucket(file: SourceFile, meta: Meta, readRoot: () => Page): Bucket {
  return {
    *elements(from) {
      let previous: Buffer | undefined
      for (const element of walk(file, meta, readRoot(), from, 0)) {
        if (previous !== undefined && previous.compare(element.key) >= 0) {
          throw corrupt(file.path, 'its keys are out of order')
        }
        previous = element.key
        yield element
      }
    },
  }
}

function* walk(
  file: SourceFile,
  meta: Meta,
  page: Page,
  from: Uint8Array,
  depth: number,
): Generator<LeafElement> {
  if (page.kind === 'leaf') {
    for (const element of page.elements) if (element.key.compare(from) >= 0) yield element
    return
  }
  if (depth === maximumDepth) throw corrupt(file.path, 'its tree is too deep')
  for (const [index, { key, page: id }] of page.elements.entries()) {
    const next = page.elements[index + 1]
    // All of this page is before what follows it.
    if (next !== undefined && next.key.compare(from) <= 0) continue
    const child = readPage(file, meta.pageSize, id, meta.end)
    const first = child.elements[0]?.key
    if (
      first === undefined ||
      first.compare(key) < 0 ||
      (next && last(child).compare(next.key) >= 0)
    ) {
      throw corrupt(file.path, `page ${id}: its keys are not those it was expected to hold`)
    }
    yield* walk(file, meta, child, from, depth + 1)
  }
}

function last(page: Page): Buffer {
  return page.elements.at(-1)?.key ?? Buffer.alloc(0)
}

/** The number of the root page and a sequence, 64 bits each. */
const bucketHeadLength = 16
/** Of pages: with two elements each, more keys than a file can hold. */
export const maximumDepth = 40

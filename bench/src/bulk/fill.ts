import { isDeepStrictEqual } from 'node:util'
import type { Store } from '../../../packages/db-adapters/src/index.ts'
import type { Population } from './population.ts'

/**
 * Issues the certificates of a population, from the first that is missing, up to `rows` of them, and returns where it
 * began. They go the way of all issuances, so that what is written is what the store writes.
 */
export async function fill(
  store: Store,
  population: Population,
  options: {
    readonly rows: number
    readonly onProgress: (rows: number) => void
  },
): Promise<number> {
  const { rows, onProgress } = options
  // Batches are committed one after the other: what is there is the beginning.
  const first = await store.countCertificates()
  let next = first
  while (next < rows) {
    const end = Math.min(rows, next + unitsAtOnce)
    const units = Array.from({ length: end - next }, (_, index) => population.unit(next + index))
    const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
    const failed = outcomes.find(({ status }) => status !== 'committed')
    if (failed) throw new Error(`a certificate of the population is not new: ${failed.status}`)
    next = end
    onProgress(next)
  }
  return first
}

/** Several batches of the store's, so that the next is ready when one is committed. */
const unitsAtOnce = 1024

/** Reads some certificates back and compares them. @throws {Error} when one is not as it was written. */
export async function proveSome(
  store: Store,
  population: Population,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  const step = Math.max(1, Math.floor((to - from) / 100))
  for (let index = from; index < to; index += step) {
    const wanted = population.record(index)
    const found = await store.findCertificate(wanted.serialNumber)
    if (found === undefined || !isDeepStrictEqual(plain(found), plain(wanted))) {
      throw new Error(`certificate ${index} was not kept as it was written`)
    }
  }
}

/** Octets come as a Buffer or as a plain array of them. */
function plain(record: object): object {
  const entries = Object.entries(record).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? new Uint8Array(value) : value,
  ])
  return Object.fromEntries(entries)
}

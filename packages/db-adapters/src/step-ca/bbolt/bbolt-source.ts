import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { StoreError } from '../../errors.ts'
import { assertNotInUse } from '../lock-holder.ts'
import { corrupt, openSourceFile, type SourceFile } from '../source-file.ts'
import type { StepCaRow, StepCaSource } from '../step-ca-source.ts'
import { findBucket } from './bucket.ts'
import { type Meta, readMeta } from './meta.ts'
import { assertPagesUsedOnce } from './page-use.ts'

/**
 * Opens the file of a bbolt database, as step-ca's `bbolt` leaves it, stopped in order or killed.
 *
 * bbolt's pages bear no checksums: a damaged value cannot be told from a whole one.
 *
 * @param file where it is: step-ca's `db.dataSource`.
 * @throws {StoreError} `store_unavailable` when the file is in use or none of bbolt; `store_corrupt` when
 * it is damaged.
 */
export async function openBboltFile({ path }: { readonly path: string }): Promise<StepCaSource> {
  const file = openSourceFile(path)
  try {
    assertNotInUse(path)
    const meta = readMeta(file)
    assertPagesUsedOnce(file, meta)
    return createSource(file, meta)
  } catch (error) {
    file.close()
    throw error
  }
}

function createSource(file: SourceFile, meta: Meta): StepCaSource {
  let isClosed = false
  const assertReadable = () => {
    if (isClosed) throw new StoreError('store_closed', `${file.path} has been closed`)
  }

  async function* elements(table: string, after: Uint8Array) {
    assertReadable()
    let count = 0
    for (const element of findBucket(file, meta, Buffer.from(table))?.elements(after) ?? []) {
      if (element.isBucket) throw corrupt(file.path, 'a table holds a bucket')
      if (after.length === 0 || element.key.compare(after) !== 0) yield element
      count += 1
      if (count % rowsPerTurn === 0) await setImmediate()
      assertReadable()
    }
    file.assertUnchanged()
  }

  return {
    kind: 'bbolt',
    description: `bbolt file ${file.path}`,
    async stateDigest() {
      assertReadable()
      file.assertUnchanged()
      return createHash('sha256').update(meta.octets).digest('hex')
    },
    async countRows(table) {
      let count = 0
      for await (const _ of elements(table, new Uint8Array())) count += 1
      return count
    },
    async *rows(table, after = new Uint8Array()): AsyncGenerator<StepCaRow> {
      for await (const { key, value } of elements(table, after)) {
        yield { key: Uint8Array.from(key), value: Uint8Array.from(value) }
      }
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      file.close()
    },
  }
}

const rowsPerTurn = 256

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { corrupt, openSourceFile } from '../source-file.ts'
import { encrypted } from './manifest.ts'

/**
 * Refuses an encrypted database. KEYREGISTRY begins with 16 octets and a known text, which is encrypted
 * where anything is; the keys that follow are none where nothing is.
 *
 * @throws {StoreError} `store_unavailable` when it is encrypted, `store_corrupt` when the file is cut off.
 */
export function assertNotEncrypted(folder: string): void {
  const path = join(folder, 'KEYREGISTRY')
  if (!existsSync(path)) return
  const file = openSourceFile(path)
  try {
    if (file.size < textStart + knownText.length) throw corrupt(path, 'it is cut off')
    if (!file.read(textStart, knownText.length).equals(knownText)) throw encrypted(path)
  } finally {
    file.close()
  }
}

const textStart = 16
const knownText = Buffer.from('Hello Badger')

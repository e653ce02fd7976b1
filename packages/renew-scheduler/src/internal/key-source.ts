import { createHash, KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import {
  describeFileError,
  encodePrivateKeyPem,
  isEncryptedPrivateKeyPem,
  KeystoreError,
  parsePrivateKeyPem,
} from '@mayfly/keystore-hsm'
import type { KeyFile } from '../renewal-options.ts'

/** Reads one key over and over, and decrypts it only when its file has changed. */
export type KeyReader = (path: string) => Promise<KeyObject>

export function createKeyReader(key: KeyObject | KeyFile): KeyReader {
  if (key instanceof KeyObject) return async () => key
  const { password } = key
  let last: { readonly digest: string; readonly privateKey: KeyObject } | undefined
  return async (path) => {
    const text = await readText(path)
    const digest = createHash('sha256').update(text).digest('hex')
    if (last?.digest !== digest) {
      const needed = isEncryptedPrivateKeyPem(text, path) ? await password?.() : undefined
      const privateKey = await parsePrivateKeyPem(text, { password: needed, name: path })
      last = { digest, privateKey }
    }
    return last.privateKey
  }
}

/** Writes a key in PEM, encrypted if that of the file is. */
export async function encodeSuccessorPem(
  successor: KeyObject,
  { path, password }: KeyFile,
): Promise<string> {
  const isEncrypted = isEncryptedPrivateKeyPem(await readText(path), path)
  return encodePrivateKeyPem(successor, { password: isEncrypted ? await password?.() : undefined })
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new KeystoreError(
      'key_file_unreadable',
      `open ${path} failed: ${describeFileError(cause)}`,
      { cause },
    )
  }
}

import type { KeyObject } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import { KeystoreError } from './errors.ts'
import { describeFileError } from './file-error.ts'
import { encodePrivateKeyPem, parsePrivateKeyPem } from './private-key-pem.ts'
import { fileExists, writeFileWhole } from './whole-file.ts'

/** How {@link writePrivateKey} writes. */
export interface WritePrivateKeyOptions {
  /** Encrypts the key; without it the key is written in the clear. */
  readonly password?: string | undefined
  /** Replaces a file that is there. */
  readonly force?: boolean | undefined
}

/** What {@link changePassword} goes by. */
export interface ChangePasswordOptions {
  /** Used if the key is encrypted. */
  readonly oldPassword?: string | undefined
  /** Without it the key is written in the clear. */
  readonly newPassword?: string | undefined
  /** Where to write, default the file itself. A file that is there is replaced. */
  readonly out?: string | undefined
}

/**
 * Reads a private key from a PEM file; see {@link parsePrivateKeyPem} for the forms.
 *
 * @throws {KeystoreError} `key_file_unreadable`, and what {@link parsePrivateKeyPem} throws.
 */
export async function loadPrivateKey(
  path: string,
  { password }: { readonly password?: string | undefined } = {},
): Promise<KeyObject> {
  return parsePrivateKeyPem(await readText(path), { password, name: path })
}

/**
 * Writes a private key whole or not at all, with mode 0600 if the file is new. A file that is replaced
 * keeps its mode, but a key in the clear is taken from those who are neither owner nor group.
 *
 * @throws {KeystoreError} `key_file_exists` without `force`, also for a symbolic link that leads nowhere;
 * `key_file_unwritable`, and what {@link encodePrivateKeyPem} throws.
 */
export async function writePrivateKey(
  path: string,
  key: KeyObject,
  { password, force = false }: WritePrivateKeyOptions = {},
): Promise<void> {
  if (!force && (await isThere(path))) throw fileExists(path)
  const pem = await encodePrivateKeyPem(key, { password })
  const maximumMode = password === undefined ? 0o770 : undefined
  await writeFileWhole(path, pem, { overwrite: force, maximumMode })
}

/**
 * Encrypts the key of a PEM file with another password (or, without one, writes it in the clear) and
 * replaces the file as a whole; at any failure the old file stays as it was.
 *
 * @throws {KeystoreError} what {@link loadPrivateKey} and {@link writePrivateKey} throw.
 */
export async function changePassword(
  path: string,
  { oldPassword, newPassword, out = path }: ChangePasswordOptions,
): Promise<void> {
  const key = await loadPrivateKey(path, { password: oldPassword })
  await writePrivateKey(out, key, { password: newPassword, force: true })
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

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}

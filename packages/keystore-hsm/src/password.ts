import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { KeystoreError } from './errors.ts'
import { describeFileError } from './file-error.ts'

/**
 * Reads a password from a file; white space at its end is cut, also that of Unicode.
 *
 * @throws {KeystoreError} `password_file_unreadable` (also for text that is not UTF-8), `password_missing`
 * when nothing is left.
 */
export async function loadPasswordFile(path: string): Promise<string> {
  const password = trimEnd(decode(path, await read(path)))
  if (password === '') {
    throw new KeystoreError('password_missing', `password file ${path} is empty`)
  }
  return password
}

/** Draws 32 characters of a–z, A–Z and 0–9, each as likely as the other: 190 bits. */
export function generatePassword(random: (length: number) => Uint8Array = randomBytes): string {
  let password = ''
  while (password.length < 32) {
    for (const octet of random(32)) {
      // Octets beyond the last whole multiple of the alphabet would favour its beginning.
      if (octet < 4 * alphabet.length) password += alphabet.charAt(octet % alphabet.length)
    }
  }
  return password.slice(0, 32)
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw unreadable(path, describeFileError(cause), cause)
  }
}

function decode(path: string, octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch (cause) {
    throw unreadable(path, 'not UTF-8 text', cause)
  }
}

function unreadable(path: string, reason: string, cause: unknown): KeystoreError {
  return new KeystoreError('password_file_unreadable', `error reading "${path}": ${reason}`, {
    cause,
  })
}

/** Cuts what Unicode calls White_Space, which differs from `trimEnd` in U+0085 and U+FEFF. */
function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && whiteSpace.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

const whiteSpace = /\p{White_Space}/u
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

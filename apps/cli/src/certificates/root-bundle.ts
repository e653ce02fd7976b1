import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates } from 'node:tls'
import { type Certificate, ProfileError, parseCertificate, parsePem } from '@mayfly/x509-profiles'
import { readInput } from '../files/input-file.ts'
import type { Io } from '../io.ts'

/**
 * Loads trusted roots: of a file, of several files with commas between them, of every file in a folder, or of the
 * system when `names` is undefined. What is no certificate among them is passed over.
 *
 * @throws {CommandError} `file_unreadable`
 */
export async function loadRootBundle(
  io: Io,
  names: string | undefined,
): Promise<readonly Certificate[]> {
  if (names === undefined) return getCACertificates('system').flatMap(certificatesOf)
  const paths = (await Promise.all(names.split(',').map(filesOf))).flat()
  const texts = await Promise.all(paths.map((path) => readInput(io, path)))
  return texts.flatMap((text) => certificatesOf(text.toString()))
}

async function filesOf(path: string): Promise<readonly string[]> {
  const folder = await isFolder(path)
  return folder ? (await readdir(path)).map((name) => join(path, name)) : [path]
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // Reading the file then tells what is wrong with it.
    return false
  }
}

function certificatesOf(text: string): readonly Certificate[] {
  try {
    return parsePem(text)
      .filter(({ label }) => label === 'CERTIFICATE')
      .flatMap(({ octets }) => parseCertificate(octets))
  } catch (error) {
    if (error instanceof ProfileError) return []
    throw error
  }
}

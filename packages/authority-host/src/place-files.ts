import { access, mkdir, mkdtemp, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeFileError, HostError } from './errors.ts'

/** A file to be written, with its permissions. */
export interface NewFile {
  readonly path: string
  readonly content: string
  readonly mode: number
}

/** What is to come to stand, all of it or nothing. */
export interface Placement {
  /** The folder that holds everything else, made if it is not there. */
  readonly directory: string
  /** Folders inside it, made with mode 0700 if they are not there. */
  readonly folders: readonly string[]
  readonly files: readonly NewFile[]
}

/**
 * Refuses files that are there already, unless the caller allows each to be replaced.
 *
 * @throws {HostError} `file_exists`.
 */
export async function refuseExisting(
  paths: readonly string[],
  overwrite: ((path: string) => Promise<boolean>) | undefined,
): Promise<void> {
  for (const path of paths) {
    if (!(await isThere(path)) || (await overwrite?.(path))) continue
    throw new HostError('file_exists', `${path} exists`, {
      hint: 'choose another folder, or move the file away',
    })
  }
}

/**
 * Writes files whole or not at all: all are written and synced in a folder beside their places, then moved there. When
 * anything fails before, nothing is left.
 *
 * @throws {HostError} `file_unwritable`.
 */
export async function placeFiles({ directory, folders, files }: Placement): Promise<void> {
  const made: string[] = []
  const placed: string[] = []
  let staging: string | undefined
  try {
    for (const folder of [directory, ...folders]) made.unshift(...(await makeFolder(folder)))
    staging = await mkdtemp(join(directory, '.new-'))
    const staged = files.map((file, index) => ({ file, from: join(`${staging}`, `${index}`) }))
    for (const { file, from } of staged) await writeSynced(from, file)
    for (const { file, from } of staged) {
      if (!(await isThere(file.path))) placed.push(file.path)
      await rename(from, file.path)
    }
    await rmdir(staging)
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder)
  } catch (cause) {
    for (const path of placed) await rm(path, { force: true })
    if (staging !== undefined) await rm(staging, { recursive: true, force: true })
    for (const folder of made) await removeIfEmpty(folder)
    throw new HostError(
      'file_unwritable',
      `writing to ${directory} failed: ${describeFileError(cause)}`,
      { cause },
    )
  }
}

/** Makes a folder and what is missing above it; returns those made, the innermost first. */
async function makeFolder(folder: string): Promise<readonly string[]> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return []
  const made: string[] = []
  for (let path = folder; path.length >= first.length; path = dirname(path)) made.push(path)
  return made
}

async function writeSynced(path: string, { content, mode }: NewFile): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    // Something else was put there meanwhile: it is not ours to remove.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTEMPTY')) throw error
  }
}

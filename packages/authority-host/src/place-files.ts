import { link, lstat, mkdir, mkdtemp, open, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '@mayfly/keystore-hsm'
import { codeOf, describeFileError, HostError } from './errors.ts'

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
  /** Paths of files that are there and give way; see {@link chooseReplaced}. */
  readonly replaced: ReadonlySet<string>
}

/**
 * Returns which files are there already and may be replaced, by the word of the caller on each.
 *
 * @throws {HostError} `file_exists` for one that may not.
 */
export async function chooseReplaced(
  paths: readonly string[],
  overwrite: ((path: string) => Promise<boolean>) | undefined,
): Promise<ReadonlySet<string>> {
  const replaced = new Set<string>()
  for (const path of paths) {
    if (!(await isThere(path))) continue
    if (!(await overwrite?.(path))) throw fileExists(path)
    replaced.add(path)
  }
  return replaced
}

/**
 * Writes files whole or not at all: all are written and synced in a folder beside their places, then moved there. When
 * anything fails, what was there before stands again and nothing else is left. A file that someone else has put in
 * place meanwhile is never replaced. At no moment does a place hold part of a file.
 *
 * @throws {HostError} `file_unwritable` or `file_exists`.
 */
export async function placeFiles(placement: Placement): Promise<void> {
  const { directory, folders, files, replaced } = placement
  const made: string[] = []
  const undo: (() => Promise<void>)[] = []
  try {
    for (const folder of [directory, ...folders]) made.unshift(...(await makeFolder(folder)))
    const staging = await mkdtemp(join(directory, '.new-'))
    undo.push(() => rm(staging, { recursive: true, force: true }))
    const staged = files.map((file, index) => ({ file, from: join(staging, `${index}`) }))
    for (const { file, from } of staged) await writeSynced(from, file)
    for (const path of replaced) await refuseFolder(path)
    for (const { file, from } of staged) {
      undo.push(
        replaced.has(file.path) ? await replace(file.path, from) : await place(file.path, from),
      )
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder)
    await rm(staging, { recursive: true })
  } catch (cause) {
    for (const step of undo.toReversed()) await step()
    for (const folder of made) await removeIfEmpty(folder)
    if (cause instanceof HostError) throw cause
    throw new HostError(
      'file_unwritable',
      `writing to ${directory} failed: ${describeFileError(cause)}`,
      { cause },
    )
  }
}

async function refuseFolder(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) throw new Error(`${path} is a directory`)
}

/** Puts a file in the place of another, which is kept beside it; returns what puts that one back. */
async function replace(path: string, from: string): Promise<() => Promise<void>> {
  const kept = `${from}.old`
  await link(path, kept)
  await rename(from, path)
  return () => rename(kept, path)
}

/** Puts a file where none may be, which a link alone takes care of; returns what removes it. */
async function place(path: string, from: string): Promise<() => Promise<void>> {
  try {
    await link(from, path)
  } catch (error) {
    throw codeOf(error) === 'EEXIST' ? fileExists(path) : error
  }
  return () => rm(path, { force: true })
}

function fileExists(path: string): HostError {
  return new HostError('file_exists', `${path} exists`, {
    hint: 'choose another folder, or move the file away',
  })
}

/**
 * Makes a folder and what is missing above it; returns those made, the innermost first. Node's own recursive `mkdir`
 * never returns under /proc, where a new folder is refused with ENOENT.
 */
async function makeFolder(folder: string): Promise<readonly string[]> {
  if (await isFolder(folder)) return []
  const parent = dirname(folder)
  const above = parent === folder ? [] : await makeFolder(parent)
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have made it meanwhile.
    if (await isFolder(folder)) return above
    throw error
  }
  return [folder, ...above]
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
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

/** A link counts, wherever it leads. */
async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false
    throw new HostError('file_unwritable', `reading ${path} failed: ${describeFileError(error)}`, {
      cause: error,
    })
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    // Something else was put there meanwhile, or someone else has removed it: it is not ours.
    if (!['ENOTEMPTY', 'ENOENT'].includes(codeOf(error) ?? '')) throw error
  }
}

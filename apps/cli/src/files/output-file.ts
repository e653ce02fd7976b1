import { randomBytes } from 'node:crypto'
import { createWriteStream, type Stats } from 'node:fs'
import { type FileHandle, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { syncFolder } from '@mayfly/keystore-hsm'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { withQuestions } from '../terminal/questions.ts'
import { unlinkIfStopped } from './abandoned-file.ts'
import { isMissing, reasonOf } from './system-error.ts'

/**
 * A file to be written once everything else has succeeded: its room on the disk is taken beforehand, it appears
 * whole by one rename, and when it is disposed of unpublished nothing of it is left.
 */
export interface OutputFile extends AsyncDisposable {
  /** Puts the contents beside the target, synced. */
  fill(contents: string | Uint8Array): Promise<void>
  /** As {@link OutputFile.fill}, for what does not fit into memory; synced when the stream has finished. To be called once. */
  stream(): Writable
  /** Makes what was filled in the target. */
  publish(): Promise<void>
}

export interface OutputFileOptions {
  /** Mode of a new file; an existing one keeps its mode and owner. */
  readonly mode?: number
  /** Of an existing file's mode no more than this is kept; all of it by default. */
  readonly maximumMode?: number
}

/**
 * Asks about overwriting where the file exists, unless forced.
 *
 * @throws {CommandError} `file_exists` at the answer no, or when the name is a folder's.
 */
export async function confirmOverwrite(
  io: Io,
  path: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const existing = await statOrNothing(path)
  if (existing === undefined) return
  if (existing.isDirectory()) throw new CommandError('file_exists', 'file is a directory')
  if (force || !existing.isFile()) return
  const agreed = await withQuestions(
    io,
    `${path} exists: use --force to overwrite it`,
    ({ askYesNo }) => askYesNo(`Would you like to overwrite ${path} [y/n]`),
  )
  if (!agreed) throw new CommandError('file_exists', 'file exists')
}

/**
 * Takes the room for a file beside `path`.
 *
 * @throws {CommandError} `file_unwritable`
 */
export async function reserveOutputFile(
  path: string,
  { mode = 0o600, maximumMode = 0o7777 }: OutputFileOptions = {},
): Promise<OutputFile> {
  return await explained(path, async () => {
    const existing = await statOrNothing(path)
    // A pipe or a device cannot be replaced: it is written to.
    if (existing !== undefined && !existing.isFile()) return createStreamFile(path)
    const target = existing === undefined ? path : await realpath(path)
    const temporary = join(
      dirname(target),
      `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`,
    )
    const guard = unlinkIfStopped(temporary)
    const handle = await open(temporary, 'wx', 0o600).catch((error: unknown) => {
      guard[Symbol.dispose]()
      throw error
    })
    const file = createStagedFile({ path, target, temporary, handle, guard })
    try {
      await handle.chmod(
        existing === undefined ? mode & ~process.umask() : existing.mode & maximumMode,
      )
      if (existing !== undefined) await keepOwner(handle, existing)
      await writeAll(handle, new Uint8Array(reservedOctets))
      await handle.sync()
    } catch (error) {
      await file[Symbol.asyncDispose]()
      throw error
    }
    return file
  })
}

/**
 * Writes one file whole, or not at all.
 *
 * @throws {CommandError} `file_unwritable`
 */
export async function writeOutputFile(
  path: string,
  contents: string | Uint8Array,
  options: OutputFileOptions = {},
): Promise<void> {
  await using file = await reserveOutputFile(path, options)
  await file.fill(contents)
  await file.publish()
}

function createStagedFile(staged: {
  readonly path: string
  readonly target: string
  readonly temporary: string
  readonly handle: FileHandle
  readonly guard: Disposable
}): OutputFile {
  let published = false
  return {
    fill: (contents) =>
      explained(staged.path, async () => {
        const octets = typeof contents === 'string' ? Buffer.from(contents) : contents
        await writeAll(staged.handle, octets)
        await staged.handle.truncate(octets.length)
        await staged.handle.sync()
      }),
    stream: () => createStagedStream(staged),
    publish: () =>
      explained(staged.path, async () => {
        await rename(staged.temporary, staged.target)
        published = true
        staged.guard[Symbol.dispose]()
        await syncFolder(dirname(staged.target))
      }),
    [Symbol.asyncDispose]: async () => {
      staged.guard[Symbol.dispose]()
      await staged.handle.close()
      if (!published) await rm(staged.temporary, { force: true })
    },
  }
}

/** Nothing of a stream can be taken back, so it is written to before any other file is published. */
function createStreamFile(path: string): OutputFile {
  return {
    fill: (contents) => explained(path, () => writeFile(path, contents)),
    stream: () => createWriteStream(path),
    publish: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function createStagedStream({
  path,
  handle,
}: {
  readonly path: string
  readonly handle: FileHandle
}): Writable {
  let position = 0
  const settle = (work: Promise<void>, done: (error?: Error | null) => void): void => {
    work.then(() => done(), done)
  }
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      const from = position
      position += chunk.length
      settle(
        explained(path, () => writeAll(handle, chunk, from)),
        done,
      )
    },
    final(done) {
      settle(
        explained(path, async () => {
          await handle.truncate(position)
          await handle.sync()
        }),
        done,
      )
    },
  })
}

/** Writes from a position of the file, the start by default; a disk that fills up takes a part before it refuses the rest. */
async function writeAll(handle: FileHandle, octets: Uint8Array, from: number = 0): Promise<void> {
  for (let written = 0; written < octets.length; ) {
    const length = octets.length - written
    const { bytesWritten } = await handle.write(octets, written, length, from + written)
    written += bytesWritten
  }
}

async function explained<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    throw new CommandError('file_unwritable', `open ${path}: ${reasonOf(cause)}`, { cause })
  }
}

async function keepOwner(
  handle: FileHandle,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  if (uid !== process.getuid?.() || gid !== process.getgid?.()) await handle.chown(uid, gid)
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new CommandError('file_unwritable', `open ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** The mode that a file may keep which gets a key in the clear: it is hidden from others than owner and group. */
export const clearKeyMode = 0o770

// Room for a key, or a certificate with its chain, so that a full disk is met before a token is spent.
const reservedOctets = 32_768

import { existsSync, realpathSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { readInput } from '../files/input-file.ts'
import { writeOutputFile } from '../files/output-file.ts'
import { isMissing, reasonOf } from '../files/system-error.ts'
import {
  authorityFolder,
  type Context,
  type ContextList,
  contextsFile,
  currentContextFile,
  isContextName,
  profileFolder,
} from '../framework/contexts.ts'
import { CommandError, flagValueInvalid } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/**
 * The context that flags describe: authority and profile are called as the context unless they say otherwise.
 *
 * @throws {CommandError} `flag_invalid` for a name that is not one folder's.
 */
export function contextOfFlags(
  defaultName: string,
  flags: {
    readonly context: string | undefined
    readonly authority: string | undefined
    readonly profile: string | undefined
  },
): Context {
  const name = flags.context ?? defaultName
  const context = { name, authority: flags.authority ?? name, profile: flags.profile ?? name }
  for (const [flag, value] of [
    ['context', context.name],
    ['authority', context.authority],
    ['profile', context.profile],
  ] as const) {
    if (!isContextName(value)) {
      throw flagValueInvalid(flag, value, { detail: 'it must be the name of one folder' })
    }
  }
  return context
}

/**
 * Adds a context, or replaces the one of that name, makes it the current one, and gives its profile an empty
 * `defaults.json` where there is none; returns that file's path if it was made.
 *
 * @throws {CommandError} `file_unwritable`
 */
export async function addContext(
  io: Io,
  base: string,
  context: Context,
): Promise<string | undefined> {
  await mkdir(base, { recursive: true, mode: 0o700 })
  const { name, profile, authority } = context
  const entries = { ...(await readEntries(io, base)), [name]: { profile, authority } }
  const made = await makeProfile(base, context)
  await writeEntries(base, entries)
  await selectContext(base, name)
  return made
}

/** Makes a context the current one. */
export async function selectContext(base: string, name: string): Promise<void> {
  await writeOutputFile(currentContextFile(base), JSON.stringify({ context: name }), {
    mode: 0o644,
  })
}

/** The folders that nobody but this context uses, be it by a link, or in another case where the disk knows none. */
export function ownFolders(base: string, { contexts }: ContextList, context: Context): string[] {
  const used = contexts
    .filter(({ name }) => name !== context.name)
    .flatMap((other) => [authorityFolder(base, other), profileFolder(base, other)])
    .map(realPathOf)
  return [authorityFolder(base, context), profileFolder(base, context)].filter((folder) => {
    const own = realPathOf(folder)
    return !used.some((each) => each === own || each.startsWith(`${own}${sep}`))
  })
}

function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    // What cannot be reached is told apart by its name.
    return path
  }
}

/**
 * Forgets a context and deletes its folders: the entry first, so that no context is left without its files.
 *
 * @throws {CommandError} `file_unwritable`
 */
export async function removeContext(
  io: Io,
  base: string,
  { name }: Context,
  folders: readonly string[],
): Promise<void> {
  const entries = Object.entries(await readEntries(io, base)).filter(([key]) => key !== name)
  await writeEntries(base, Object.fromEntries(entries))
  for (const folder of folders) await removeFolder(folder)
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (cause) {
    throw new CommandError('file_unwritable', `remove ${folder} failed: ${reasonOf(cause)}`, {
      cause,
      hint: 'the context is forgotten; delete what is left of the folder by hand, its keys are in it',
    })
  }
}

/** The entries as they stand, with members that we do not know. */
async function readEntries(io: Io, base: string): Promise<Record<string, unknown>> {
  const text = await readInput(io, contextsFile(base)).catch((error: unknown) => {
    if (error instanceof CommandError && isMissing(error.cause)) return undefined
    throw error
  })
  const value: unknown = text === undefined ? {} : JSON.parse(text.toString())
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

async function writeEntries(base: string, entries: Record<string, unknown>): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(entries).toSorted(byName))
  await writeOutputFile(contextsFile(base), JSON.stringify(sorted, undefined, 4))
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

async function makeProfile(base: string, context: Context): Promise<string | undefined> {
  const folder = join(profileFolder(base, context), 'config')
  const path = join(folder, 'defaults.json')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (existsSync(path)) return undefined
  await writeOutputFile(path, '{}')
  return path
}

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, normalize } from 'node:path'
import { isMissing, reasonOf } from '../files/system-error.ts'
import {
  authorityFolder,
  type Context,
  type ContextList,
  findContext,
  loadContexts,
  profileFolder,
} from './contexts.ts'
import { CommandError } from './errors.ts'
import type { FlagDefaults } from './flag-values.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Mayfly's folder: `$MAYFLYPATH`, else `$STEPPATH`, else `~/.mayfly`. */
export function homeFolder(environment: Environment): string {
  const named = environment.MAYFLYPATH || environment.STEPPATH
  if (named !== undefined && named !== '') return withoutTrailingSlash(normalize(named))
  return join(environment.HOME || homedir(), '.mayfly')
}

/** A folder in use: Mayfly's own, or that of a context's authority. */
export interface Home {
  /** `config`, `certs`, `secrets`, `db` are in it. */
  readonly folder: string
  /** Mayfly's own folder, which holds all contexts. */
  readonly base: string
  readonly context: Context | undefined
}

/**
 * Returns the folder that a command works in: where contexts are on, that of the context called `name`, else of the
 * current one, else of the one that `choose` picks; where they are off, `base`, and `name` does not matter, as in step.
 *
 * @throws {CommandError} `contexts_unreadable`, `context_unknown`
 */
export async function resolveHome(
  base: string,
  name: string | undefined,
  choose: (list: ContextList) => Promise<Context | undefined>,
): Promise<Home> {
  const list = loadContexts(base)
  if (list.contexts.length === 0) return { folder: base, base, context: undefined }
  const known = name ?? list.currentName
  const context = known === undefined ? await choose(list) : findContext(list, known)
  return homeOfContext(base, context)
}

/** The folder of a context; without one, `base`. */
export function homeOfContext(base: string, context: Context | undefined): Home {
  const folder = context === undefined ? base : authorityFolder(base, context)
  return { folder, base, context }
}

/**
 * Reads `config/defaults.json` of a folder, or the file named by `--config`; no file, no defaults. In a context the
 * profile's are laid over the authority's, `--config` does not count, and `warn` is told of members that would name
 * another context.
 *
 * @throws {CommandError} `defaults_unreadable` when a file is no JSON object.
 */
export function loadFlagDefaults(
  { folder, base, context }: Home,
  configurationPath: string | undefined,
  warn: (line: string) => void,
): FlagDefaults {
  if (context === undefined) {
    return configurationPath === undefined
      ? (readDefaults(defaultsFile(folder)) ?? {})
      : readGivenDefaults(configurationPath)
  }
  const profile = defaultsFile(profileFolder(base, context))
  const defaults = { ...readDefaults(defaultsFile(folder)), ...readDefaults(profile) }
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => {
      if (!contextAttributes.has(name)) return true
      warn(`cannot set '${name}' attribute in config files`)
      return false
    }),
  )
}

const contextAttributes: ReadonlySet<string> = new Set(['context', 'profile', 'authority'])

function defaultsFile(folder: string): string {
  return join(folder, 'config', 'defaults.json')
}

function readGivenDefaults(path: string): FlagDefaults {
  const defaults = readDefaults(path)
  if (defaults !== undefined) return defaults
  throw new CommandError(
    'defaults_unreadable',
    `failed loading context configuration: error reading ${path}: no such file or directory`,
  )
}

function readDefaults(path: string): FlagDefaults | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new CommandError(
      'defaults_unreadable',
      `failed loading context configuration: error reading ${path}: ${reasonOf(cause)}`,
      { cause },
    )
  }
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new CommandError(
    'defaults_unreadable',
    `failed loading context configuration: error parsing ${path}: it is no JSON object`,
  )
}

/** What is no JSON is `undefined`: the parser's error would quote the file, which by mistake may be one of passwords. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

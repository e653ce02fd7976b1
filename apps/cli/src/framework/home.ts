import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, normalize } from 'node:path'
import { isMissing, reasonOf } from '../files/system-error.ts'
import { CommandError } from './errors.ts'
import type { FlagDefaults } from './flag-values.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Mayfly's folder: `$MAYFLYPATH`, else `$STEPPATH`, else `~/.mayfly`. */
export function homeFolder(environment: Environment): string {
  const named = environment.MAYFLYPATH || environment.STEPPATH
  if (named !== undefined && named !== '') return withoutTrailingSlash(normalize(named))
  return join(environment.HOME || homedir(), '.mayfly')
}

/**
 * Reads `config/defaults.json` of `home`, or the file named by `--config`; no file, no defaults.
 *
 * @throws {CommandError} `defaults_unreadable` when it is no JSON object; `not_offered` when contexts are on.
 */
export function loadFlagDefaults(
  home: string,
  configurationPath: string | undefined,
): FlagDefaults {
  if (existsSync(join(home, 'contexts.json')) && configurationPath === undefined) {
    throw new CommandError(
      'not_offered',
      `contexts are not offered yet, and ${join(home, 'contexts.json')} exists; name another folder by MAYFLYPATH, such as ${join(home, 'authorities', '<name>')}`,
    )
  }
  const path = configurationPath ?? join(home, 'config', 'defaults.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (configurationPath === undefined && isMissing(cause)) return {}
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

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMissing, reasonOf } from '../files/system-error.ts'
import { CommandError } from './errors.ts'

/** One authority under one name, with the profile that is laid over its defaults. */
export interface Context {
  readonly name: string
  readonly profile: string
  readonly authority: string
}

/** The contexts of a folder. Contexts are on when there is one. */
export interface ContextList {
  /** In alphabetical order, whatever the case. */
  readonly contexts: readonly Context[]
  /** What `current-context.json` names; it may be gone. */
  readonly currentName: string | undefined
}

/**
 * Reads `contexts.json` and `current-context.json` of the folder `base`; no file, no contexts.
 *
 * @throws {CommandError} `contexts_unreadable`, also for a name that would lead out of the folder.
 */
export function loadContexts(base: string): ContextList {
  const entries = Object.entries(readObject(contextsFile(base)) ?? {})
  const contexts = entries
    .map(([name, entry]) => parseContext(name, entry))
    .toSorted((one, other) => compareText(one.name.toLowerCase(), other.name.toLowerCase()))
  const current = contexts.length === 0 ? undefined : readObject(currentContextFile(base))
  const currentName = typeof current?.context === 'string' ? current.context : undefined
  return { contexts, currentName }
}

/**
 * The context of this name.
 *
 * @throws {CommandError} `context_unknown`
 */
export function findContext({ contexts }: ContextList, name: string): Context {
  const found = contexts.find((context) => context.name === name)
  if (found !== undefined) return found
  throw new CommandError('context_unknown', `could not load context '${name}'`, {
    hint: "'mayfly context list' shows the contexts.",
  })
}

/** `contexts.json` of a folder. */
export function contextsFile(base: string): string {
  return join(base, 'contexts.json')
}

/** `current-context.json` of a folder. */
export function currentContextFile(base: string): string {
  return join(base, 'current-context.json')
}

/** The folder of a context's authority: `config`, `certs`, `secrets` are in it. */
export function authorityFolder(base: string, { authority }: Context): string {
  return join(base, 'authorities', authority)
}

/** The folder of a context's profile. */
export function profileFolder(base: string, { profile }: Context): string {
  return join(base, 'profiles', profile)
}

/**
 * Whether a context, an authority or a profile may be called so: it names one folder, which `context remove` deletes,
 * so it may not lead elsewhere.
 */
export function isContextName(name: string): boolean {
  return /^[^/\\\p{Cc}]+$/u.test(name) && name !== '.' && name !== '..'
}

function parseContext(name: string, entry: unknown): Context {
  const authority = memberOf(entry, 'authority')
  const profile = memberOf(entry, 'profile')
  for (const [what, value] of [
    ['authority', authority],
    ['profile', profile],
  ] as const) {
    if (value === undefined || value === '') {
      throw broken(`error in context '${name}': context cannot have an empty ${what} value`)
    }
    if (typeof value !== 'string' || !isContextName(value)) {
      throw broken(`error in context '${name}': its ${what} is not the name of a folder`)
    }
  }
  return { name, profile: String(profile), authority: String(authority) }
}

function broken(problem: string): CommandError {
  return new CommandError(
    'contexts_unreadable',
    `${problem}; check your $MAYFLYPATH/contexts.json file`,
  )
}

function memberOf(entry: unknown, name: string): unknown {
  return typeof entry === 'object' && entry !== null
    ? Object.entries(entry).find(([key]) => key === name)?.[1]
    : undefined
}

function readObject(path: string): Record<string, unknown> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (isMissing(cause)) return undefined
    throw new CommandError('contexts_unreadable', `error reading ${path}: ${reasonOf(cause)}`, {
      cause,
    })
  }
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new CommandError(
    'contexts_unreadable',
    `error unmarshaling context map: ${path} is no JSON object`,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseDuration } from '@mayfly/x509-profiles'
import { findTarget } from '../files/distinct-files.ts'
import { reasonOf } from '../files/system-error.ts'
import { CommandError, durationHint } from '../framework/errors.ts'

/** One certificate of a list of renewals; paths are absolute. */
export interface ConfiguredRenewal {
  readonly certificate: string
  readonly key: string
  readonly out?: string
  readonly exec?: string
  readonly pid?: number
  readonly pidFile?: string
  readonly signal?: number
  /** Milliseconds. */
  readonly expiresIn?: number
  /** Milliseconds. */
  readonly renewPeriod?: number
  readonly passwordFile?: string
  readonly mtls?: boolean
  /** A new key with each certificate. */
  readonly rekey?: boolean
}

/**
 * Reads a list of renewals, `{ "renewals": [ … ] }`, or all lists of a folder. Relative paths count from the folder of the
 * file that names them. No certificate is written where any of them has a key or a password.
 *
 * @throws {CommandError} `file_unreadable` with the file, the member and what is wrong with it.
 */
export async function loadRenewals(path: string): Promise<readonly ConfiguredRenewal[]> {
  const lists = await Promise.all((await listFiles(path)).map(loadFile))
  const renewals = lists.flat()
  const repeated = renewals.find(({ certificate }, index) =>
    renewals.slice(0, index).some((earlier) => earlier.certificate === certificate),
  )
  if (repeated !== undefined) {
    throw new CommandError(
      'file_unreadable',
      `error parsing ${path}: ${repeated.certificate} is named twice`,
    )
  }
  assertKeepsSecrets(renewals, path)
  return renewals
}

/** Tells lists from what else may be in their folder, such as the status of one. */
export function isListName(name: string): boolean {
  return /^[^.].*\.json$/.test(name) && !name.endsWith(statusEnding)
}

/** Ends the name of the file beside a list that tells how it stands. */
export const statusEnding = '.status.json'

function assertKeepsSecrets(renewals: readonly ConfiguredRenewal[], path: string): void {
  const secrets = new Map<string, 'key' | 'password'>()
  const note = (file: string, what: 'key' | 'password'): void => {
    for (const name of [file, findTarget(file) ?? file]) {
      if (!secrets.has(name)) secrets.set(name, what)
    }
  }
  for (const { key, passwordFile } of renewals) {
    note(key, 'key')
    if (passwordFile !== undefined) note(passwordFile, 'password')
  }
  for (const { certificate, out = certificate } of renewals) {
    const what = secrets.get(out) ?? secrets.get(findTarget(out) ?? out)
    if (what === undefined) continue
    throw new CommandError(
      'file_unreadable',
      `error parsing ${path}: the certificate cannot be written to ${out}: a ${what} is there`,
    )
  }
}

async function listFiles(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).filter(isListName)
    return names.sort().map((name) => join(path, name))
  } catch (cause) {
    throw new CommandError('file_unreadable', `open ${path} failed: ${reasonOf(cause)}`, { cause })
  }
}

async function loadFile(path: string): Promise<readonly ConfiguredRenewal[]> {
  const value = parseObject(await readText(path), path)
  const other = Object.keys(value).find((name) => name !== 'renewals')
  if (other !== undefined) throw wrong(path, other, 'there is no such member; use "renewals"')
  const { renewals } = value
  if (!Array.isArray(renewals)) {
    throw wrong(path, 'renewals', 'is not a list of objects with "certificate" and "key"')
  }
  return renewals.map((entry: unknown, index) => parseRenewal(entry, path, `renewals[${index}]`))
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new CommandError('file_unreadable', `open ${path} failed: ${reasonOf(cause)}`, { cause })
  }
}

function parseObject(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CommandError('file_unreadable', `error parsing ${path}: ${reason}`, { cause })
  }
  if (isObject(value)) return value
  throw new CommandError('file_unreadable', `error parsing ${path}: it is no JSON object`)
}

function parseRenewal(entry: unknown, file: string, at: string): ConfiguredRenewal {
  if (!isObject(entry)) throw wrong(file, at, 'is no object')
  const folder = dirname(resolve(file))
  const members = Object.entries(entry).map(([name, value]) => {
    const member = membersByName.get(name)
    if (member === undefined) {
      const offered = [...membersByName.keys()].join(', ')
      throw wrong(file, `${at}.${name}`, `there is no such member; there are ${offered}`)
    }
    const read = member.read(value, folder)
    if (read === undefined)
      throw wrong(file, `${at}.${name}`, `${member.wants}, not ${show(value)}`)
    return [name, read] as const
  })
  for (const name of ['certificate', 'key']) {
    if (!Object.hasOwn(entry, name)) throw wrong(file, `${at}.${name}`, 'is missing')
  }
  for (const [one, other] of exclusive) {
    if (!Object.hasOwn(entry, one) || !Object.hasOwn(entry, other)) continue
    throw wrong(file, `${at}.${one}`, `does not go together with "${other}"`)
  }
  // A new key is asked for by mutual TLS only.
  if (entry.rekey === true && entry.mtls === false) {
    throw wrong(file, `${at}.rekey`, 'does not go together with "mtls": false')
  }
  // Each member was read by its own reader, and the required ones are there.
  return Object.fromEntries(members) as unknown as ConfiguredRenewal
}

/** What a member wants, in words, and how it is read; `undefined` for a wrong value. */
interface Member {
  readonly wants: string
  read(value: unknown, folder: string): string | number | boolean | undefined
}

const path: Member = {
  wants: 'wants the name of a file',
  read: (value, folder) =>
    typeof value === 'string' && value !== '' && !value.includes('\0')
      ? resolve(folder, value)
      : undefined,
}

const command: Member = {
  wants: 'wants a command',
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined),
}

const flag: Member = {
  wants: 'wants true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
}

const count: Member = {
  wants: 'wants a whole number above zero',
  read: (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined,
}

const duration: Member = {
  wants: `wants a duration above zero (${durationHint})`,
  read: (value) => {
    if (typeof value !== 'string') return undefined
    try {
      const milliseconds = parseDuration(value)
      return milliseconds > 0 ? milliseconds : undefined
    } catch {
      return undefined
    }
  },
}

const membersByName: ReadonlyMap<string, Member> = new Map(
  Object.entries({
    certificate: path,
    key: path,
    out: path,
    exec: command,
    pid: count,
    pidFile: path,
    signal: count,
    expiresIn: duration,
    renewPeriod: duration,
    passwordFile: path,
    mtls: flag,
    rekey: flag,
  } satisfies Record<keyof ConfiguredRenewal, Member>),
)

const exclusive = [
  ['pid', 'pidFile'],
  ['expiresIn', 'renewPeriod'],
] as const

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}

function wrong(path: string, member: string, reason: string): CommandError {
  return new CommandError('file_unreadable', `error parsing ${path}: ${member}: ${reason}`)
}

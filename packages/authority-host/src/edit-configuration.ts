import { constants } from 'node:fs'
import { access, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  type CaConfiguration,
  encodeCaConfiguration,
  type JsonObject,
  parseCaConfiguration,
  parseFileConfiguration,
} from '@mayfly/authority-core/config'
import { syncFolder } from '@mayfly/keystore-hsm'
import { codeOf, describeFileError, HostError } from './errors.ts'
import { lockFile } from './file-lock.ts'
import { refusingInvalid } from './load-configuration.ts'

/** How a `ca.json` is to be changed. */
export interface EditConfigurationOptions {
  readonly path: string
  /**
   * Makes the new document of the present one, unknown members included; what it leaves alone stays, in its order. Others
   * wait meanwhile, so whatever takes its time is done before.
   */
  readonly change: (document: JsonObject, configuration: CaConfiguration) => JsonObject
  /** How long to wait for another who is changing the file, in milliseconds; 10 000 by default. */
  readonly waitMilliseconds?: number
}

/**
 * Changes a `ca.json` so that a reader, a full disk or a kill sees the old file or all of the new one, and that of
 * several who change it at the same time nobody's change is lost. Mode, owner, indentation and a symbolic link stay.
 * Returns the new configuration as the server will read it.
 *
 * @throws {HostError} `configuration_locked`, `configuration_not_found`, `configuration_unreadable`,
 * `configuration_invalid` when the file or what would become of it is no configuration, `configuration_changed` when
 * somebody wrote it meanwhile, `file_unwritable`. The file is then as it was.
 */
export async function editConfiguration(
  options: EditConfigurationOptions,
): Promise<CaConfiguration> {
  const { path, change, waitMilliseconds = 10_000 } = options
  const target = await findTarget(path)
  await using lock = await lockFile(target, {
    waitMilliseconds,
    clearAfter: (token) => rm(stagedName(target, token), { force: true }),
  })
  const text = await read(target, path)
  // What it held before may be what this change is to put right.
  const present = refusingInvalid(() => parseCaConfiguration(text, { source: path }))
  const next = change(present.raw, present)
  const content = encodeAlike(next, text)
  const configuration = refusingInvalid(() => parseFileConfiguration(content, { source: path }))
  if (content === text) return configuration
  assertNumbersKept(text, path)
  await replace({ path, target, text, content, token: lock.token })
  return configuration
}

/**
 * Refuses a text with a number that is beyond a double's reach: it would be written as another one.
 *
 * @throws {HostError} `configuration_invalid`.
 */
export function assertNumbersKept(text: string, path: string): void {
  const withoutTexts = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const numbers = withoutTexts.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []
  const lost = numbers.find((number) => {
    const value = Number(number)
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
  })
  if (lost === undefined) return
  throw new HostError(
    'configuration_invalid',
    `${path} holds the number ${lost}, which cannot be kept as it is`,
    { hint: 'write it as a text' },
  )
}

/** The file itself, where `path` is a link to it. */
async function findTarget(path: string): Promise<string> {
  try {
    const target = await realpath(path)
    await access(target, constants.R_OK)
    return target
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function read(target: string, path: string): Promise<string> {
  try {
    return await readFile(target, 'utf8')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): HostError {
  const code = codeOf(cause) === 'ENOENT' ? 'configuration_not_found' : 'configuration_unreadable'
  return new HostError(code, `open ${path} failed: ${describeFileError(cause)}`, { cause })
}

/** Writes a document with the indentation and the last line of the text that it takes the place of. */
function encodeAlike(document: JsonObject, text: string): string {
  const indentation = /^\s*\{\r?\n([\t ]+)"/.exec(text.replace(/^\uFEFF/, ''))?.[1] ?? '\t'
  const end = /\n$/.test(text) ? '\n' : ''
  // JSON's strings hold no line ends, so that tabs at the start of a line are always indentation.
  const lines = encodeCaConfiguration(document).replaceAll(/^\t+/gm, (tabs) =>
    indentation.repeat(tabs.length),
  )
  return `${lines}${end}`
}

interface Replacement {
  readonly path: string
  readonly target: string
  /** What the file held when it was read. */
  readonly text: string
  readonly content: string
  readonly token: string
}

async function replace({ path, target, text, content, token }: Replacement): Promise<void> {
  const staged = stagedName(target, token)
  try {
    await writeSynced(staged, content, await stat(target))
    if ((await readFile(target, 'utf8')) !== text) {
      throw new HostError('configuration_changed', `${path} was changed meanwhile`, {
        hint: 'nothing was written; look at the change and try again',
      })
    }
    await rename(staged, target)
    await syncFolder(dirname(target))
  } catch (cause) {
    if (cause instanceof HostError) throw cause
    const reason = describeFileError(cause)
    throw new HostError('file_unwritable', `writing ${path} failed: ${reason}`, { cause })
  } finally {
    await rm(staged, { force: true })
  }
}

function stagedName(target: string, token: string): string {
  return join(dirname(target), `.${basename(target)}.${token}.tmp`)
}

async function writeSynced(
  path: string,
  content: string,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    const made = await file.stat()
    // Not ignored when refused: the old mode with a new group could let strangers read a password.
    if (uid !== made.uid || gid !== made.gid) await file.chown(uid, gid)
    await file.chmod(mode & 0o7777)
    await file.sync()
  } finally {
    await file.close()
  }
}

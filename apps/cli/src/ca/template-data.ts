import { readInput } from '../files/input-file.ts'
import { CommandError, flagValueInvalid } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that carry data for the provisioner's template. */
export const templateDataFlags = {
  set: {
    type: 'text',
    value: 'key=value',
    repeatable: true,
    help: "A key and a value for the provisioner's template; the value is read as JSON if it is JSON.",
  },
  'set-file': {
    type: 'text',
    value: 'file',
    help: "A JSON file with data for the provisioner's template; --set overrides it.",
  },
} as const

/**
 * Gathers `--set-file` and `--set`; `undefined` when neither is given.
 *
 * @throws {CommandError} `flag_invalid`, `file_unreadable`
 */
export async function loadTemplateData(
  io: Io,
  flags: { readonly set: readonly string[]; readonly 'set-file': string | undefined },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const path = flags['set-file']
  if (path === undefined && flags.set.length === 0) return undefined
  const fromFile = path === undefined ? {} : await loadObject(io, path)
  return { ...fromFile, ...Object.fromEntries(flags.set.map(parseSetting)) }
}

function parseSetting(setting: string): readonly [string, unknown] {
  const equals = setting.indexOf('=')
  if (equals < 1) throw flagValueInvalid('set', setting)
  const text = setting.slice(equals + 1)
  return [setting.slice(0, equals), parseJsonOrText(text)]
}

function parseJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function loadObject(io: Io, path: string): Promise<object> {
  const value = parseJsonOrText((await readInput(io, path)).toString())
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new CommandError('file_unreadable', `error unmarshaling ${path}: it is no JSON object`)
}

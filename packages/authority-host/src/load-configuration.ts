import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import {
  type CaConfiguration,
  ConfigurationError,
  type ConfigurationProblem,
  parseFileConfiguration,
} from '@mayfly/authority-core/config'
import { codeOf, describeFileError, HostError } from './errors.ts'

/**
 * Reads a `ca.json`. Of a shared part that is kept in the database it has the built-in defaults.
 *
 * @throws {HostError} `configuration_not_found`, `configuration_unreadable` or `configuration_invalid`.
 */
export async function loadConfiguration(path: string): Promise<CaConfiguration> {
  const text = await readConfiguration(path)
  const configuration = refusingInvalid(() => parseFileConfiguration(text, { source: path }))
  if (configuration.password === undefined || !(await isReadByOthers(path))) return configuration
  return { ...configuration, warnings: [...configuration.warnings, passwordIsOpen] }
}

/**
 * Reads the text of a `ca.json`.
 *
 * @throws {HostError} `configuration_not_found` or `configuration_unreadable`.
 */
export async function readConfiguration(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = describeFileError(cause)
    const code = codeOf(cause) === 'ENOENT' ? 'configuration_not_found' : 'configuration_unreadable'
    throw new HostError(code, `open ${path} failed: ${reason}`, { cause })
  }
}

/**
 * Turns what a parser refuses into this package's error.
 *
 * @throws {HostError} `configuration_invalid`.
 */
export function refusingInvalid<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new HostError('configuration_invalid', cause.message, { cause })
  }
}

/** The folder that a `ca.json` belongs to: the one above `config`, else the one that holds the file. */
export function homeOf(configurationPath: string): string {
  const folder = dirname(resolve(configurationPath))
  return basename(folder) === 'config' ? dirname(folder) : folder
}

/** `step ca init` makes the file readable by everyone, which it may be until a password is put into it. */
const passwordIsOpen: ConfigurationProblem = {
  path: 'password',
  reason:
    'other users of this machine may read it, run chmod 600 on the file or use a password file',
}

async function isReadByOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o044) !== 0
}

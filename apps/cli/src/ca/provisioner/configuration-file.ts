import { existsSync } from 'node:fs'
import { CaClientError } from '@mayfly/ca-client'
import { CommandError, notOfferedYet } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { configurationPathOf } from '../configuration-path.ts'
import { type ConnectionInvocation, connectToCa, findRootPath } from '../connection.ts'

/**
 * The flags by which a command finds the configuration that it changes, beside those of the CA. The others are passed
 * over, as by step where it changes a file.
 */
export const configurationFlags = {
  'ca-config': {
    type: 'text',
    value: 'file',
    help: "The CA's configuration. Defaults to config/ca.json in the mayfly folder.",
  },
  'admin-cert': { type: 'text', hidden: true, help: 'For remote management.' },
  'admin-key': { type: 'text', hidden: true, help: 'For remote management.' },
  'admin-subject': {
    type: 'text',
    aliases: ['admin-name'],
    hidden: true,
    help: 'For remote management.',
  },
  'admin-provisioner': {
    type: 'text',
    aliases: ['admin-issuer'],
    hidden: true,
    help: 'For remote management.',
  },
  'admin-password-file': { type: 'text', hidden: true, help: 'For remote management.' },
} as const

/** What of an invocation says which configuration is meant. */
export interface ConfigurationInvocation extends ConnectionInvocation {
  readonly io: Io
  readonly positional: readonly string[]
  readonly flags: ConnectionInvocation['flags'] & {
    readonly 'ca-config': string | undefined
    readonly 'configuration-password-file'?: string | undefined
    readonly author?: string | undefined
    readonly comment?: string | undefined
  }
}

/**
 * Finds the `ca.json` to change. A CA that keeps its provisioners in its database is not changed
 * by a file.
 *
 * @throws {CommandError} `flag_missing` when neither a CA nor a file is known, `not_offered` for remote management.
 */
export async function locateConfiguration(invocation: ConfigurationInvocation): Promise<string> {
  const { flags, home, command } = invocation
  const path = configurationPathOf(home, flags)
  const isHere = flags['ca-config'] !== undefined || existsSync(path)
  const missing =
    flags['ca-url'] === undefined
      ? 'ca-url'
      : findRootPath(invocation) === undefined
        ? 'root'
        : undefined
  if (missing !== undefined && !isHere) {
    throw new CommandError(
      'flag_missing',
      `error generating admin client: '${command}' requires the '--${missing}' flag`,
      { hint: `or name the configuration by --ca-config; there is no ${path}` },
    )
  }
  if (missing === undefined && (await isManagedRemotely(invocation))) {
    throw notOfferedYet('remote management, by which this CA keeps its provisioners,')
  }
  return path
}

/** A CA that cannot be reached need not run for its file to be changed. */
async function isManagedRemotely(invocation: ConfigurationInvocation): Promise<boolean> {
  const { client } = await connectToCa(invocation)
  try {
    return await client.keepsProvisioners()
  } catch (error) {
    if (error instanceof CaClientError && error.status === undefined) return false
    throw error
  } finally {
    client.close()
  }
}

import { hostname, userInfo } from 'node:os'
import { openSharedConfiguration, type SharedConfiguration } from '@mayfly/authority-host'
import { askPassword, loadFirstPassword, passwordOfFile } from '../../files/password.ts'
import type { Io } from '../../io.ts'
import { configurationPathOf } from '../configuration-path.ts'

/** The flags of whatever reads the configuration that instances share. */
export const sharedConfigurationFlags = {
  'ca-config': {
    type: 'text',
    value: 'file',
    help: "The CA's configuration. Defaults to config/ca.json in the mayfly folder.",
  },
} as const

/** The flag of whatever signs a revision. */
export const signingFlags = {
  'configuration-password-file': {
    type: 'text',
    value: 'file',
    help: 'A file with the password of the configuration key, which signs revisions.',
  },
} as const

/** The further flags of whatever makes a revision by hand. */
export const draftFlags = {
  author: {
    type: 'text',
    value: 'name',
    environment: false,
    help: 'Who makes the change, as the history shows it. The user and the host if left out.',
  },
  comment: {
    type: 'text',
    value: 'text',
    aliases: ['m'],
    environment: false,
    help: 'Why, as the history shows it.',
  },
} as const

/** What of an invocation says which configuration is meant, and who asks. */
export interface SharedInvocation {
  readonly io: Io
  readonly home: string
  readonly flags: {
    readonly 'ca-config': string | undefined
    readonly 'configuration-password-file'?: string | undefined
  }
}

/**
 * Opens the configuration that all instances on one database share.
 *
 * @throws {HostError} `configuration_not_shared` where the configuration is the file's.
 */
export async function openShared(invocation: SharedInvocation): Promise<SharedConfiguration> {
  const { io, home, flags } = invocation
  return await openSharedConfiguration({
    configurationPath: configurationPathOf(home, flags),
    ...configurationPassword(invocation),
    now: io.now,
  })
}

/** Where the password of the configuration key comes from. */
export function configurationPassword({ io, flags }: Pick<SharedInvocation, 'io' | 'flags'>): {
  readonly configurationKeyPassword?: () => Promise<string>
  readonly askPassword: (path: string) => Promise<string>
} {
  const file = flags['configuration-password-file']
  return {
    ...(file === undefined
      ? {}
      : { configurationKeyPassword: async () => (await loadFirstPassword(io, [file])) ?? '' }),
    askPassword: (path) => askPassword(io, passwordOfFile(path, 'configuration-password-file')),
  }
}

/** Who makes a change and why, as the flags say or by the user and the host. */
export function authorship(
  { environment }: Io,
  {
    author,
    comment,
  }: { readonly author?: string | undefined; readonly comment?: string | undefined },
): { readonly author: string; readonly comment: string } {
  const user = environment.SUDO_USER || environment.USER || environment.LOGNAME || userName()
  return { author: author ?? `${user}@${hostname()}`, comment: comment ?? '' }
}

/** As the system has it; who has no name in its list of users is nobody. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}

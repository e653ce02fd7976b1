import type { CaClient } from '@mayfly/ca-client'
import { type ConnectionInvocation, connectToCa } from './connection.ts'

/** What a command asks of a CA that answers over the network, or that is opened here from its files. */
export type CertificateAuthority = Pick<
  CaClient,
  'url' | 'provisioners' | 'encryptedKey' | 'sign' | 'renew' | 'renewWithToken' | 'rekey' | 'revoke'
>

/** A CA to work with, until it is closed. */
export interface ReachedAuthority extends AsyncDisposable {
  readonly client: CertificateAuthority
  /** Lower-case hex SHA-256 of the first trusted root. */
  readonly rootFingerprint: string
  /** Whether it is opened from its files; there is no address to show then. */
  readonly isOffline: boolean
}

/** The flags of commands that can do without a server. */
export const offlineFlags = {
  offline: {
    type: 'boolean',
    help: 'Work without a server, on the files and the database of the CA; one that runs may go on.',
  },
  'ca-config': {
    type: 'text',
    value: 'file',
    help: "With --offline, the CA's configuration. Defaults to config/ca.json in the mayfly folder.",
  },
} as const

/** What of an invocation says which CA is meant, and how its key is opened. */
export interface AuthorityInvocation extends ConnectionInvocation {
  readonly flags: ConnectionInvocation['flags'] & {
    readonly offline: boolean
    readonly 'ca-config': string | undefined
    readonly 'password-file': string | undefined
  }
}

/**
 * Reaches the CA of the flags: the server of `--ca-url`, or with `--offline` the one of `--ca-config`.
 *
 * @throws {CommandError} `flag_missing`, `flag_invalid`, `file_unreadable`
 * @throws {HostError | StoreError} with `--offline`, when its files cannot be opened.
 */
export async function reachAuthority(invocation: AuthorityInvocation): Promise<ReachedAuthority> {
  if (!invocation.flags.offline) return fromConnection(await connectToCa(invocation))
  const { openOfflineAuthority } = await import('./offline-authority.ts')
  return await openOfflineAuthority(invocation)
}

/** Takes a connection for a CA to work with. */
export function fromConnection({
  client,
  rootFingerprint,
}: Awaited<ReturnType<typeof connectToCa>>): ReachedAuthority {
  return {
    client,
    rootFingerprint,
    isOffline: false,
    [Symbol.asyncDispose]: async () => client.close(),
  }
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CaClient,
  CaClientError,
  createCaClient,
  loadRootByFingerprint,
  parseCaUrl as normaliseCaUrl,
} from '@mayfly/ca-client'
import type { ParsedToken } from '@mayfly/jwt-tokens'
import {
  type Certificate,
  certificateFingerprint,
  parseCertificatePem,
} from '@mayfly/x509-profiles'
import { parseNamed } from '../certificates/named-file.ts'
import { readInput } from '../files/input-file.ts'
import { CommandError, flagRequiredByCommand, flagValueInvalid } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { version } from '../version.ts'
import { withFailurePrefix } from './failure-prefix.ts'

/** The flags by which a command finds its CA. */
export const connectionFlags = {
  'ca-url': {
    type: 'text',
    value: 'uri',
    help: 'URI of the CA. Defaults to ca-url of config/defaults.json in the mayfly folder.',
  },
  root: {
    type: 'text',
    value: 'file',
    help: 'The PEM file of the root certificate. Defaults to certs/root_ca.crt in the mayfly folder.',
  },
  context: {
    type: 'text',
    value: 'name',
    help: 'The context to use instead of the current one.',
  },
} as const

/** What of an invocation says where the CA is. */
export interface ConnectionInvocation {
  readonly command: string
  readonly home: string
  readonly io: Io
  readonly flags: { readonly 'ca-url': string | undefined; readonly root: string | undefined }
}

/** A client of the CA, and the root it trusts. */
export interface CaConnection {
  readonly client: CaClient
  /** `https://host[:port]` */
  readonly url: string
  /** Lower-case hex SHA-256 of the first trusted root. */
  readonly rootFingerprint: string
}

/**
 * Connects to the CA of `--ca-url`, trusting `--root` or the folder's root.
 *
 * @throws {CommandError} `flag_missing`, `flag_invalid`, `file_unreadable`
 */
export async function connectToCa(invocation: ConnectionInvocation): Promise<CaConnection> {
  const { command, flags } = invocation
  if (flags['ca-url'] === undefined) throw flagRequiredByCommand(command, 'ca-url')
  const url = parseCaUrl(flags['ca-url'])
  return connect(invocation.io, url, await loadTrustedRoots(invocation))
}

/**
 * Connects to the CA that made a token: with its root pinned by the token's `sha` and its address taken from `aud`
 * unless `--ca-url` says another; a token without `sha` needs both flags' values.
 */
export async function connectToCaOfToken(
  invocation: ConnectionInvocation,
  token: ParsedToken,
): Promise<CaConnection> {
  const { io, flags } = invocation
  const { sha, aud } = token.claims
  const audience = aud.find((uri) => /^https?:\/\//i.test(uri))
  if (sha !== undefined && sha !== '' && audience !== undefined) {
    const url =
      flags['ca-url'] === undefined ? parseAudience(audience) : parseCaUrl(flags['ca-url'])
    return connect(io, url, [await loadRootByFingerprint(url, sha, sender(io))])
  }
  if (flags['ca-url'] === undefined) throw requiredUnlessToken('ca-url')
  const url = parseCaUrl(flags['ca-url'])
  if (findRootPath(invocation) === undefined) throw requiredUnlessToken('root')
  return connect(io, url, await loadTrustedRoots(invocation))
}

/** `flag '--ca-url' is required unless the '--token' flag is provided` */
export function requiredUnlessToken(flag: string): CommandError {
  return new CommandError(
    'flag_missing',
    `flag '--${flag}' is required unless the '--token' flag is provided`,
  )
}

/** `--root`, else `certs/root_ca.crt` of the folder if that is there. */
export function findRootPath({ home, flags }: ConnectionInvocation): string | undefined {
  if (flags.root !== undefined) return flags.root
  const path = join(home, 'certs', 'root_ca.crt')
  return existsSync(path) ? path : undefined
}

/**
 * Loads the certificates of `--root` or the folder's root.
 *
 * @throws {CommandError} `flag_missing`, `file_unreadable`
 */
export async function loadTrustedRoots(
  invocation: ConnectionInvocation,
): Promise<readonly Certificate[]> {
  const path = findRootPath(invocation)
  if (path === undefined) throw flagRequiredByCommand(invocation.command, 'root')
  const octets = await readInput(
    invocation.io,
    path,
    (name, reason) => `error reading ${name}: open ${name}: ${reason}`,
  )
  return parseNamed(path, () => parseCertificatePem(octets.toString()))
}

/**
 * Normalises the address of a CA to `https://host[:port]`: the scheme may be missing, a path is dropped, a bare IPv6
 * address gets its brackets.
 *
 * @throws {CommandError} `flag_invalid`
 */
export function parseCaUrl(text: string): string {
  try {
    return normaliseCaUrl(text)
  } catch (cause) {
    if (!(cause instanceof CaClientError)) throw cause
    // The client shows the address without a password.
    const [, shown = '', reason = ''] = /^'(.*)' (.*)$/s.exec(cause.message) ?? []
    throw flagValueInvalid('ca-url', shown, {
      detail: reason.startsWith('must ') ? reason : undefined,
    })
  }
}

/** The address of the CA in a token's audience. */
function parseAudience(audience: string): string {
  try {
    return normaliseCaUrl(audience.replace(/^http:/i, 'https:'))
  } catch (cause) {
    if (!(cause instanceof CaClientError)) throw cause
    throw new CommandError(
      'token_unfit',
      `the token's audience ${cause.message}; name the CA by --ca-url`,
      { cause },
    )
  }
}

/** Fetches a root pinned by its fingerprint. */
export async function downloadRoot(io: Io, url: string, fingerprint: string): Promise<Certificate> {
  return await withFailurePrefix('error downloading root certificate', () =>
    loadRootByFingerprint(url, fingerprint, sender(io)),
  )
}

/** What we call ourselves in requests, and the proxy they go through. */
function sender({ environment }: Io): {
  readonly userAgent: string
  readonly proxyEnvironment: Io['environment']
} {
  const userAgent = `Mayfly CLI/${version} (${process.platform}/${process.arch})`
  return { userAgent, proxyEnvironment: environment }
}

function connect(io: Io, url: string, roots: readonly Certificate[]): CaConnection {
  const [root] = roots
  if (root === undefined) throw new TypeError('a CA needs a root to be known by')
  return {
    url,
    client: createCaClient({ url, roots, ...sender(io) }),
    rootFingerprint: certificateFingerprint(root),
  }
}

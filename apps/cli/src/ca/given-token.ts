import { type ParsedToken, parseToken, TokenError } from '@mayfly/jwt-tokens'
import { readInput } from '../files/input-file.ts'
import { CommandError, flagsMutuallyExclusive } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags that hand over a ready-made token. */
export const givenTokenFlags = {
  token: {
    type: 'text',
    value: 'token',
    help: 'The one-time token. Other users of the machine can see it there: prefer --token-file.',
  },
  'token-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the one-time token; - is standard input.',
  },
} as const

/**
 * Reads the token of `--token` or `--token-file`; `undefined` when there is neither.
 *
 * `failure` begins the message about what is no token.
 *
 * @throws {CommandError} `flag_conflict`, `file_unreadable`, `token_unfit`
 */
export async function loadGivenToken(
  io: Io,
  flags: { readonly token: string | undefined; readonly 'token-file': string | undefined },
  failure = 'error parsing token',
): Promise<ParsedToken | undefined> {
  const path = flags['token-file']
  if (flags.token !== undefined && path !== undefined) {
    throw flagsMutuallyExclusive('token', 'token-file')
  }
  const text = flags.token ?? (path === undefined ? undefined : await readTokenFile(io, path))
  if (text === undefined) return undefined
  try {
    return parseToken(text)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new CommandError('token_unfit', `${failure}: ${cause.message}`, { cause })
  }
}

async function readTokenFile(io: Io, path: string): Promise<string> {
  const text = (await readInput(io, path)).toString().trim()
  if (text === '') throw new CommandError('token_unfit', `error parsing token: ${path} is empty`)
  return text
}

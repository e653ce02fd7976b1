import type { ParsedToken } from '@mayfly/jwt-tokens'
import { parseToken } from '@mayfly/jwt-tokens'
import type { Io } from '../io.ts'
import {
  type AuthorityInvocation,
  fromConnection,
  type ReachedAuthority,
  reachAuthority,
} from './certificate-authority.ts'
import { connectToCaOfToken, findRootPath, requiredUnlessToken } from './connection.ts'
import { makeOneTimeToken, type TokenContents } from './new-token.ts'
import type { PasswordFiles } from './provisioner-key.ts'
import type { X5cCredentialFlagValues } from './x5c-credential.ts'

/** A token, and the CA that it is for, which is closed with it. */
export interface TokenForCa extends AsyncDisposable {
  readonly token: ParsedToken
  readonly authority: ReachedAuthority
}

type SigningInvocation = AuthorityInvocation & {
  readonly io: Io
  readonly flags: AuthorityInvocation['flags'] &
    PasswordFiles &
    X5cCredentialFlagValues & {
      readonly kid: string | undefined
      readonly provisioner: string | undefined
    }
}

/**
 * Connects to the CA of the token that the user handed over, or to the one of the flags and makes a token there.
 *
 * @throws {CommandError} `flag_missing` when no CA is known.
 */
export async function obtainToken(
  invocation: SigningInvocation,
  given: ParsedToken | undefined,
  contents: () => TokenContents,
): Promise<TokenForCa> {
  if (given !== undefined) {
    return closing(given, fromConnection(await connectToCaOfToken(invocation, given)))
  }
  if (!invocation.flags.offline) {
    if (invocation.flags['ca-url'] === undefined) throw requiredUnlessToken('ca-url')
    if (findRootPath(invocation) === undefined) throw requiredUnlessToken('root')
  }
  const authority = await reachAuthority(invocation)
  try {
    const flags = { ...invocation.flags, key: undefined }
    const text = await makeOneTimeToken(invocation.io, authority, flags, contents())
    return closing(parseToken(text), authority)
  } catch (error) {
    await authority[Symbol.asyncDispose]()
    throw error
  }
}

function closing(token: ParsedToken, authority: ReachedAuthority): TokenForCa {
  return { token, authority, [Symbol.asyncDispose]: () => authority[Symbol.asyncDispose]() }
}

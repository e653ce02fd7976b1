import type { ParsedToken } from '@mayfly/jwt-tokens'
import { parseToken } from '@mayfly/jwt-tokens'
import type { Io } from '../io.ts'
import {
  type CaConnection,
  type ConnectionInvocation,
  connectToCa,
  connectToCaOfToken,
  findRootPath,
  requiredUnlessToken,
} from './connection.ts'
import { makeOneTimeToken, type TokenContents } from './new-token.ts'
import type { PasswordFiles } from './provisioner-key.ts'

/** A token, and the CA that it is for. */
export interface TokenForCa {
  readonly token: ParsedToken
  readonly connection: CaConnection
}

type SigningInvocation = ConnectionInvocation & {
  readonly io: Io
  readonly flags: ConnectionInvocation['flags'] &
    PasswordFiles & { readonly kid: string | undefined; readonly provisioner: string | undefined }
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
    return { token: given, connection: await connectToCaOfToken(invocation, given) }
  }
  if (invocation.flags['ca-url'] === undefined) throw requiredUnlessToken('ca-url')
  if (findRootPath(invocation) === undefined) throw requiredUnlessToken('root')
  const connection = await connectToCa(invocation)
  try {
    const flags = { ...invocation.flags, key: undefined }
    const text = await makeOneTimeToken(invocation.io, connection, flags, contents())
    return { token: parseToken(text), connection }
  } catch (error) {
    connection.client.close()
    throw error
  }
}

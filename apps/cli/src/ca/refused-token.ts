import { CaClientError } from '@mayfly/ca-client'
import type { ParsedToken } from '@mayfly/jwt-tokens'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/**
 * Sends a token, and where the CA refuses it with 401 tells what our own clock says of it. Nothing is refused here: the
 * CA's clock counts.
 *
 * @throws {CommandError} `token_refused` in the CA's own words.
 */
export async function withTokenHint<T>(
  io: Io,
  token: ParsedToken | undefined,
  send: () => Promise<T>,
): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (token === undefined || !(error instanceof CaClientError)) throw error
    if (error.status !== 401 || !error.friendly) throw error
    const hint = hintAtTimes(token, io.now())
    if (hint === undefined) throw error
    throw new CommandError('token_refused', error.message, { cause: error, hint })
  }
}

/** Both times are seconds since 1970, RFC 7519 §4.1. */
function hintAtTimes({ claims: { exp, nbf } }: ParsedToken, now: Date): string | undefined {
  const seconds = now.getTime() / 1000
  if (exp !== undefined && seconds >= exp) {
    return `the token expired at ${shown(exp)}; make a new one`
  }
  if (nbf !== undefined && seconds < nbf) return `the token is good from ${shown(nbf)} on`
  return undefined
}

function shown(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z')
}

import { type Jwk, openJwk, parseJwk, TokenError } from '@mayfly/jwt-tokens'
import { isWrongPassword } from '../ca/provisioner-key.ts'
import { loadFirstPassword, openWithPassword } from '../files/password.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { kindOfKeyText } from './key-text.ts'

/**
 * Reads a JWK in the clear, or one sealed as JWE with the password from a file or the terminal.
 *
 * @throws {CommandError} `key_unfit` for what is neither.
 */
export async function openJwkText(
  io: Io,
  text: string,
  { label, passwordFile }: { readonly label: string; readonly passwordFile: string | undefined },
): Promise<Jwk> {
  if (kindOf(text) === 'jwe') {
    return await openWithPassword(io, {
      password: await loadFirstPassword(io, [passwordFile]),
      question: { label, what: 'the password of the JWK', flag: 'password-file' },
      tries: 3,
      isWrongPassword,
      open: (password) => openJwk(text, password),
    })
  }
  try {
    return parseJwk(text)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw unsupported(cause)
  }
}

function kindOf(text: string): 'jwk' | 'jwe' {
  const kind = kindOfKeyText(text, 'JWK')
  if (kind !== 'pem') return kind
  throw unsupported()
}

function unsupported(cause?: unknown): CommandError {
  return new CommandError('key_unfit', 'error reading JWK: unsupported format', { cause })
}

import { TokenError } from './errors.ts'
import { indentJson } from './internal/indent-json.ts'
import { decodeUtf8, JsonSyntaxError, parseJson } from './internal/json.ts'
import { type Jws, splitJws } from './jws.ts'

/**
 * Returns what `jwt inspect` prints, without a line end: header, payload and signature, the first
 * two re-indented with their own order of members and spelling of numbers. Nothing is verified.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function inspectJwt(text: string): string {
  return formatJws(readJwt(text))
}

/** Takes a token apart for the `jwt` tools; white space around it is ignored. */
export function readJwt(text: string): Jws {
  try {
    return splitJws(text.trim())
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new TokenError(cause.code, `error parsing token: ${cause.message}`, { cause })
  }
}

/** The printed form of a token that has been taken apart. */
export function formatJws({ signingInput, payload, signature }: Jws): string {
  const [header = ''] = signingInput.split('.')
  return [
    '{',
    `  "header": ${indentOctets(Buffer.from(header, 'base64url'))},`,
    `  "payload": ${indentOctets(payload)},`,
    `  "signature": "${Buffer.from(signature).toString('base64url')}"`,
    '}',
  ].join('\n')
}

function indentOctets(octets: Uint8Array): string {
  try {
    const text = decodeUtf8(octets)
    parseJson(text)
    return indentJson(text, 1)
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause
    throw new TokenError('token_malformed', `error marshaling token data: ${cause.message}`, {
      cause,
    })
  }
}

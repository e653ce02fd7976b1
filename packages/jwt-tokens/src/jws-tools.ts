import { KeyObject } from 'node:crypto'
import { CompactSign } from 'jose'
import { macAlgorithms, signatureAlgorithms } from './algorithms.ts'
import { TokenError } from './errors.ts'
import { definedMembers } from './internal/defined-members.ts'
import { indentJson } from './internal/indent-json.ts'
import { decodeUtf8, type JsonObject } from './internal/json.ts'
import { optionRefusal, selectToolKey, type ToolKeyOptions } from './internal/tool-key.ts'
import { importToolSigningKey } from './internal/tool-signing-key.ts'
import { isSecretJwk, type Jwk, jwkOfKeyObject, publicJwkOf } from './jwk.ts'
import { type Jws, splitJws } from './jws.ts'
import { importVerificationKey } from './verification-key.ts'
import { assertSignature, isAmbiguous, publicPart } from './verify-jwt.ts'

/** The flags of `jws sign`. */
export interface SignJwsOptions extends ToolKeyOptions {
  readonly payload: Uint8Array
  /** Further members of the header, such as `typ` and `x5c`. */
  readonly headers?: JsonObject | undefined
  /** Puts the public key into the header as `jwk`. */
  readonly embedsKey?: boolean | undefined
  /** Leaves `kid` out. */
  readonly omitsKeyId?: boolean | undefined
}

/** The flags of `jws verify`. */
export interface VerifyJwsOptions extends ToolKeyOptions {
  readonly text: string
}

/** What a JWS of the command line may be long: 64 MiB of payload. */
const maximumLength = 96 * 1024 * 1024

/**
 * Signs octets as `jws sign` does: compact JWS, header sorted by name. A MAC (HS256 and the like) is made with a
 * secret key alone, so that none is ever made with a public one.
 *
 * @throws {TokenError} worded as the command line shows it.
 */
export async function signJws(options: SignJwsOptions): Promise<string> {
  const selected = selectToolKey(options)
  const { algorithm, keyId, key } = importToolSigningKey(selected, options.algorithm)
  const header = definedMembers({
    ...options.headers,
    alg: algorithm,
    kid: options.omitsKeyId ? undefined : keyId,
    jwk: options.embedsKey ? embeddedKey(selected) : undefined,
  })
  const sorted = Object.fromEntries(Object.entries(header).toSorted(byName))
  return await new CompactSign(options.payload)
    .setProtectedHeader({ ...sorted, alg: algorithm })
    .sign(key)
}

/**
 * Verifies a compact JWS as `jws verify` does and returns it taken apart.
 *
 * @throws {TokenError} worded as the command line shows it.
 */
export async function verifyJwsText(options: VerifyJwsOptions): Promise<Jws> {
  const jws = readJws(options.text)
  const selected = selectToolKey(options, jws.protectedHeader.kid)
  const { algorithm } = options
  if (algorithm !== undefined && algorithm !== jws.protectedHeader.alg) {
    throw optionRefusal(
      `alg ${algorithm} does not match the alg on JWS (${jws.protectedHeader.alg})`,
    )
  }
  const source = publicPart(selected)
  if (isAmbiguous(source) && algorithm === undefined) {
    throw optionRefusal("flag '--alg' is required with the given key")
  }
  const isSecret = !(source instanceof KeyObject) && isSecretJwk(source)
  const key = importVerificationKey(source, {
    algorithms: isSecret ? macAlgorithms : signatureAlgorithms,
  })
  await assertSignature(jws, key)
  return jws
}

/**
 * Takes a compact JWS apart, nothing verified; white space around it is ignored.
 *
 * @throws {TokenError} `token_malformed`.
 */
export function readJws(text: string): Jws {
  try {
    return splitJws(text.trim(), maximumLength)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new TokenError(cause.code, `error parsing token: ${cause.message}`, { cause })
  }
}

/** What `jws inspect --json` prints, without a line end: the header in its own spelling, payload and signature in base64url. */
export function formatJwsJson({ signingInput, signature }: Jws): string {
  const [header = '', payload = ''] = signingInput.split('.')
  return [
    '{',
    `  "header": ${indentJson(decodeUtf8(Buffer.from(header, 'base64url')), 1)},`,
    `  "payload": "${payload}",`,
    `  "signature": "${Buffer.from(signature).toString('base64url')}"`,
    '}',
  ].join('\n')
}

function embeddedKey(selected: Jwk | KeyObject): JsonObject {
  if (selected instanceof KeyObject) return publicJwkOf(jwkOfKeyObject(selected))
  if (isSecretJwk(selected)) throw optionRefusal("flag '--jwk' would give the secret key away")
  return publicJwkOf(selected)
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

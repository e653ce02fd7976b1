import { createPublicKey, KeyObject } from 'node:crypto'
import { macAlgorithms, signatureAlgorithms } from './algorithms.ts'
import { type RegisteredClaims, readRegisteredClaims } from './claims.ts'
import { TokenError, type TokenErrorCode } from './errors.ts'
import { formatJws, readJwt } from './inspect-jwt.ts'
import { formatGoDuration } from './internal/go-duration.ts'
import { optionRefusal, selectToolKey, type ToolKeyOptions } from './internal/tool-key.ts'
import { isPrivateJwk, isSecretJwk, type Jwk, publicJwkOf } from './jwk.ts'
import { assertNoExtensions, type Jws, parseTokenJson, verifyJwsSignature } from './jws.ts'
import { importVerificationKey, type VerificationKey } from './verification-key.ts'

/** The flags of `jwt verify`. */
export interface VerifyJwtOptions extends ToolKeyOptions {
  readonly token: string
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Issuer and audience need not be given; those that are not are not compared. */
  readonly subtle?: boolean | undefined
  /** An algorithm that neither the key nor `algorithm` names is taken from the token. */
  readonly insecure?: boolean | undefined
  readonly noExpiryCheck?: boolean | undefined
  readonly now: Date
}

/**
 * Verifies a token as `jwt verify` does: signature, then issuer, audience, `nbf` and `exp` with no
 * leeway. Returns what is printed, the same as `inspectJwt`. All claims that fail are named at once.
 *
 * A MAC (HS256 and the like) is allowed only when `algorithm` names it.
 *
 * @throws {TokenError} worded as the command line shows it; `option_invalid` for flags that
 * contradict each other or are missing, else the code of the first thing that does not hold.
 */
export async function verifyJwt(options: VerifyJwtOptions): Promise<string> {
  const jws = readJwt(options.token)
  assertOptions(options)
  const key = selectVerificationKey(options, jws)
  await assertSignature(jws, key)
  assertClaims(readJwtClaims(jws), options)
  return formatJws(jws)
}

function assertOptions({ issuer, audience, subtle, noExpiryCheck, insecure }: VerifyJwtOptions) {
  if (subtle !== true && isEmpty(issuer)) throw requiredOption('--iss')
  if (subtle !== true && isEmpty(audience)) throw requiredOption('--aud')
  if (noExpiryCheck === true && insecure !== true) {
    throw optionRefusal("flag '--no-exp-check' requires the '--insecure' flag")
  }
}

function selectVerificationKey(options: VerifyJwtOptions, jws: Jws): VerificationKey {
  const { alg, kid } = jws.protectedHeader
  const selected = selectToolKey(options, kid)
  const { algorithm } = options
  if (algorithm !== undefined && algorithm !== alg) {
    throw optionRefusal(`alg ${algorithm} does not match the alg on JWT (${alg})`)
  }
  const source = publicPart(selected)
  if (isAmbiguous(source) && algorithm === undefined && options.insecure !== true) {
    throw optionRefusal("flag '--alg' is required with the given key")
  }
  const allowed = [...signatureAlgorithms, ...macAlgorithms.filter((name) => name === algorithm)]
  return importVerificationKey(source, { algorithms: allowed })
}

/** What verifies what a key signs. */
export function publicPart(key: Jwk | KeyObject): Jwk | KeyObject {
  if (key instanceof KeyObject) return key.type === 'private' ? createPublicKey(key) : key
  if (isSecretJwk(key) || !isPrivateJwk(key)) return key
  // A private key's operations are its own: what it signs, its public part verifies.
  return publicJwkOf({ ...key, key_ops: undefined })
}

/** An RSA key that names no algorithm fits six. */
export function isAmbiguous(key: Jwk | KeyObject): boolean {
  return key instanceof KeyObject
    ? key.asymmetricKeyType === 'rsa'
    : key.kty === 'RSA' && key.alg === undefined
}

/**
 * Verifies the signature, refusing extensions.
 *
 * @throws {TokenError} worded as the command line shows it.
 */
export async function assertSignature(jws: Jws, key: VerificationKey): Promise<void> {
  try {
    assertNoExtensions(jws.protectedHeader)
    await verifyJwsSignature(jws, key)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    const reason = cause.code === 'token_signature_invalid' ? 'invalid signature' : cause.message
    throw new TokenError(cause.code, `validation failed: ${reason}`, { cause })
  }
}

function readJwtClaims({ payload }: Jws): RegisteredClaims {
  try {
    return readRegisteredClaims(parseTokenJson(payload, 'payload'))
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new TokenError(cause.code, `claim verify failed: ${cause.message}`, { cause })
  }
}

function assertClaims(
  { iss, aud, nbf, exp }: RegisteredClaims,
  { issuer, audience, noExpiryCheck, now }: VerifyJwtOptions,
): void {
  const nowMilliseconds = now.getTime()
  if (Number.isNaN(nowMilliseconds)) throw new TypeError('now is not a valid date')
  const failures: { code: TokenErrorCode; reason: string }[] = []
  if (!isEmpty(issuer) && iss !== issuer) {
    failures.push({ code: 'token_issuer_mismatch', reason: 'invalid issuer claim (iss)' })
  }
  if (!isEmpty(audience) && !aud.includes(audience)) {
    failures.push({ code: 'token_audience_mismatch', reason: 'invalid audience claim (aud)' })
  }
  if (nbf !== undefined && nowMilliseconds < nbf * 1000) {
    failures.push({ code: 'token_not_yet_valid', reason: 'token not valid yet (nbf)' })
  }
  if (exp !== undefined && nowMilliseconds > exp * 1000 && noExpiryCheck !== true) {
    const age = formatGoDuration(nowMilliseconds - exp * 1000)
    failures.push({ code: 'token_expired', reason: `token is expired by ${age} (exp)` })
  }
  const [first] = failures
  if (first === undefined) return
  const reasons = failures.map(({ reason }) => reason).join(', ')
  throw new TokenError(first.code, `validation failed: ${reasons}`)
}

function isEmpty(value: string | undefined): value is undefined | '' {
  return value === undefined || value === ''
}

function requiredOption(flag: string): TokenError {
  return optionRefusal(`flag '${flag}' is required unless the '--subtle' flag is provided`)
}

import { importSigningKey, type SigningKey, signCompact } from './signing-key.ts'

/** Clock and randomness, handed in. */
export interface Ambient {
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** What a one-time token says. */
export interface OneTimeTokenOptions extends Ambient {
  readonly key: SigningKey
  /** Key id of the header; by default the key's own, else its thumbprint. */
  readonly kid?: string | undefined
  /** The provisioner's name. */
  readonly issuer: string
  /** Common name, or for a revocation the serial number in decimal. */
  readonly subject: string
  /** URL of the operation, for example `https://ca.internal/1.0/sign`. */
  readonly audience: string
  readonly sans?: readonly string[] | undefined
  /** SHA-256 of the root certificate, hexadecimal. */
  readonly sha?: string | undefined
  /** base64url SHA-256 of the certification request's DER: the token is good for it alone. */
  readonly cnf?: string | undefined
  /** Custom attributes for templates. */
  readonly user?: Readonly<Record<string, unknown>> | undefined
  /**
   * The certificate of the signing key and its intermediates, DER, leaf first: for a provisioner that goes by certificates
   * (`x5c`, RFC 7515 §4.1.6). The fragment of `audience` then names it.
   */
  readonly x5c?: readonly Uint8Array[] | undefined
  /** The same in the header `x5cInsecure`, whose certificates promise nothing. */
  readonly x5cInsecure?: readonly Uint8Array[] | undefined
  /** By default now. */
  readonly notBefore?: Date | undefined
  /** By default `lifetimeSeconds` after `notBefore`. */
  readonly notAfter?: Date | undefined
  /** By default 300; ignored when `notAfter` is given. */
  readonly lifetimeSeconds?: number | undefined
}

/**
 * Creates a one-time token as step does: header `alg`, `kid`, `typ`; claims by name; `jti` 256
 * random bits in hexadecimal.
 *
 * @throws {TokenError} `key_malformed` or `token_algorithm_not_allowed`, see `importSigningKey`.
 */
export async function createOneTimeToken(options: OneTimeTokenOptions): Promise<string> {
  const { algorithm, keyId, privateKey } = importSigningKey(options.key)
  const { issuer, subject, audience, sans, sha, cnf, user, x5c, x5cInsecure, kid = keyId } = options
  const now = options.now()
  const notBefore = options.notBefore ?? now
  const { lifetimeSeconds = 300 } = options
  const notAfter = options.notAfter ?? new Date(notBefore.getTime() + lifetimeSeconds * 1000)
  return signCompact(
    {
      alg: algorithm,
      kid,
      typ: 'JWT',
      ...(x5c === undefined ? {} : { x5c: encodeChain(x5c) }),
      ...(x5cInsecure === undefined ? {} : { x5cInsecure: encodeChain(x5cInsecure) }),
    },
    {
      aud: audience,
      ...(cnf === undefined ? {} : { cnf: { 'x5rt#S256': cnf } }),
      exp: toNumericDate(notAfter),
      iat: toNumericDate(now),
      iss: issuer,
      jti: Buffer.from(options.random(32)).toString('hex'),
      nbf: toNumericDate(notBefore),
      ...(sans === undefined ? {} : { sans }),
      ...(sha === undefined ? {} : { sha }),
      sub: subject,
      ...(user === undefined ? {} : { user }),
    },
    privateKey,
  )
}

/** What a renewal token says. */
export interface RenewalTokenOptions {
  /** The certificate's own private key. */
  readonly key: SigningKey
  /** The certificate and its intermediates, DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  /** The certificate's common name. */
  readonly subject: string
  /** URL of the operation, for example `https://ca.internal/renew`. */
  readonly audience: string
  readonly now: () => Date
}

/**
 * Creates the bearer token that renews a certificate which can no longer be shown in a handshake,
 * good for 300 seconds. It carries the chain as `x5cInsecure`, standard base64.
 *
 * @throws {TokenError} `key_malformed` or `token_algorithm_not_allowed`, see `importSigningKey`.
 */
export async function createRenewalToken(options: RenewalTokenOptions): Promise<string> {
  const { algorithm, keyId, privateKey } = importSigningKey(options.key)
  const now = toNumericDate(options.now())
  const x5cInsecure = encodeChain(options.chain)
  return signCompact(
    { alg: algorithm, kid: keyId, typ: 'JWT', x5cInsecure },
    {
      aud: options.audience,
      exp: now + 300,
      iat: now,
      iss: 'step-ca-client/1.0',
      nbf: now,
      sub: options.subject,
    },
    privateKey,
  )
}

/** Standard base64, unlike all else in a token (RFC 7515 §4.1.6). */
function encodeChain(chain: readonly Uint8Array[]): readonly string[] {
  return chain.map((der) => Buffer.from(der).toString('base64'))
}

/** RFC 7519 §2: whole seconds since 1970. */
export function toNumericDate(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

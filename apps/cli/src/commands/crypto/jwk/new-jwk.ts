import type { KeyObject } from 'node:crypto'
import { type Jwk, jwkThumbprint, parseJwk } from '@mayfly/jwt-tokens'
import { generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import { CommandError, flagValueInvalid } from '../../../framework/errors.ts'
import type { Io } from '../../../io.ts'

/** What the flags of `jwk create` say of the new key. */
export interface NewJwkFlags {
  readonly kty: string
  readonly curve: string | undefined
  readonly size: number | undefined
  readonly alg: string | undefined
  readonly use: string
  readonly kid: string | undefined
  readonly insecure: boolean
}

/**
 * Makes a JWK with `use`, `alg` and `kid`: the thumbprint, but none for a secret, of which a thumbprint would tell.
 *
 * @throws {CommandError} `flag_conflict`, `flag_invalid`
 */
export async function createJwk(io: Io, flags: NewJwkFlags): Promise<Jwk> {
  const kind = kindOfKey(flags)
  if (kind.kty !== 'oct') return describeJwk(jwkOf(await generatePrivateKey(kind)), flags)
  return describeJwk(
    { kty: 'oct', k: Buffer.from(io.random(kind.size)).toString('base64url') },
    flags,
  )
}

/** The JWK of a key that there is. */
export function jwkOf(key: KeyObject): Jwk {
  return parseJwk(JSON.stringify(key.export({ format: 'jwk' })))
}

/**
 * Gives a key its `use`, `alg` and `kid`.
 *
 * @throws {CommandError} `flag_invalid` for an algorithm that does not fit the key, or none does.
 */
export function describeJwk(
  jwk: Jwk,
  { alg, use, kid }: Pick<NewJwkFlags, 'alg' | 'use' | 'kid'>,
): Jwk {
  const fitting = algorithmsOf(jwk, use)
  const algorithm = alg ?? fitting[0]
  if (algorithm === undefined) {
    throw new CommandError(
      'flag_invalid',
      `invalid algorithm: ${jwk.crv ?? jwk.kty} cannot be used for encryption`,
    )
  }
  if (!fitting.includes(algorithm)) {
    const curve = jwk.crv === undefined ? '' : ` and crv '${jwk.crv}'`
    throw new CommandError(
      'flag_invalid',
      `alg '${algorithm}' is not compatible with kty '${jwk.kty}'${curve}`,
      { hint: `allowed are ${fitting.join(', ')}` },
    )
  }
  const keyId = kid ?? (jwk.kty === 'oct' ? undefined : jwkThumbprint(jwk))
  return { ...jwk, use, alg: algorithm, ...(keyId === undefined ? {} : { kid: keyId }) }
}

type KeyKind = KeyType | { readonly kty: 'oct'; readonly size: number }

function kindOfKey({ kty, curve, size, insecure }: NewJwkFlags): KeyKind {
  switch (kty) {
    case 'EC':
      if (size !== undefined) throw incompatible('size', kty)
      if (curve === undefined || curve === 'P-256') return { kty, crv: 'P-256' }
      if (curve === 'P-384' || curve === 'P-521') return { kty, crv: curve }
      throw flagValueInvalid('crv', curve, { detail: 'options are P-256, P-384, P-521' })
    case 'OKP':
      if (size !== undefined) throw incompatible('size', kty)
      if (curve === undefined || curve === 'Ed25519') return { kty, crv: 'Ed25519' }
      throw flagValueInvalid('crv', curve, { detail: 'options are Ed25519' })
    case 'RSA':
      if (curve !== undefined) throw incompatible('crv', kty)
      assertSize(size, 2048, insecure)
      return { kty, size: size ?? 2048 }
    case 'oct':
      if (curve !== undefined) throw incompatible('crv', kty)
      assertSize(size, 16, insecure)
      return { kty, size: size ?? 32 }
    default:
      throw flagValueInvalid('kty', kty, { detail: 'options are EC, RSA, OKP, or oct' })
  }
}

function assertSize(size: number | undefined, minimum: number, insecure: boolean): void {
  if (size === undefined) return
  if (size <= 0) {
    throw new CommandError('flag_invalid', "flag '--size' must be greater than or equal to 0")
  }
  if (size < minimum && !insecure) {
    throw new CommandError(
      'flag_invalid',
      `flag '--size' requires at least ${minimum} unless '--insecure' flag is provided`,
    )
  }
  if (size > maximumSize) {
    throw flagValueInvalid('size', String(size), { detail: `it is more than ${maximumSize}` })
  }
}

function incompatible(flag: string, kty: string): CommandError {
  return new CommandError('flag_conflict', `flag '--${flag}' is incompatible with '--kty ${kty}'`)
}

/** The algorithms that fit a key, the usual one first. */
function algorithmsOf({ kty, crv = '' }: Jwk, use: string): readonly string[] {
  return (
    (use === 'enc' ? encryption : signatures).get(kty === 'EC' && use === 'sig' ? crv : kty) ?? []
  )
}

const signatures: ReadonlyMap<string, readonly string[]> = new Map([
  ['P-256', ['ES256']],
  ['P-384', ['ES384']],
  ['P-521', ['ES512']],
  ['OKP', ['EdDSA']],
  ['RSA', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['oct', ['HS256', 'HS384', 'HS512']],
])

const encryption: ReadonlyMap<string, readonly string[]> = new Map([
  ['EC', ['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW']],
  ['RSA', ['RSA-OAEP-256', 'RSA-OAEP']],
  ['oct', ['A256GCMKW', 'A128GCMKW', 'A192GCMKW', 'A128KW', 'A192KW', 'A256KW', 'dir']],
])

const maximumSize = 16_384

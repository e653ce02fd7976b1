import { createHmac, createPrivateKey, type JsonWebKey, KeyObject, sign } from 'node:crypto'
import type { PrivateJwk } from '@mayfly/jwt-tokens'

type JsonObject = Record<string, unknown>

/** Makes a token of any header and claims, signed with ES256 by a P-256 key. */
export function forgeToken(
  header: JsonObject,
  claims: JsonObject,
  signer: PrivateJwk | KeyObject,
): string {
  const input = signingInput(header, claims)
  const signature = sign('sha256', Buffer.from(input), {
    key: signer instanceof KeyObject ? signer : importKey(signer),
    dsaEncoding: 'ieee-p1363',
  })
  return `${input}.${signature.toString('base64url')}`
}

function importKey({ kty, crv = '', x = '', y = '', d }: PrivateJwk): KeyObject {
  const key: JsonWebKey = { kty, crv, x, y, d }
  return createPrivateKey({ key, format: 'jwk' })
}

/** Makes a token that claims to be signed by a MAC whose secret is public: the classic confusion. */
export function forgeMacToken(claims: JsonObject, kid: string, secret: string): string {
  const input = signingInput({ alg: 'HS256', kid, typ: 'JWT' }, claims)
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

/** Makes a token that claims to need no signature. */
export function forgeUnsignedToken(claims: JsonObject, kid: string): string {
  return `${signingInput({ alg: 'none', kid, typ: 'JWT' }, claims)}.`
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): JsonObject {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** The same token with the other of the two signatures (r, s) and (r, n − s), which verifies as well. */
export function mirrorSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const octets = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${octets.subarray(32).toString('hex')}`)
  const mirrored = (orderP256 - s).toString(16).padStart(64, '0')
  const both = Buffer.concat([octets.subarray(0, 32), Buffer.from(mirrored, 'hex')])
  return `${header}.${payload}.${both.toString('base64url')}`
}

const orderP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

function signingInput(header: JsonObject, claims: JsonObject): string {
  return [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}

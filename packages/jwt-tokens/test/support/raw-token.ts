import { createPrivateKey, sign } from 'node:crypto'
import { privateJwk } from './keys.ts'

/** base64url of octets, or of a value as JSON. */
export function encodePart(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64url')
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  )
}

/** Signs header and payload as they are given, text or value, with no opinion on either. */
export function signRaw(
  payload: unknown,
  header: unknown = { alg: 'ES256', kid: privateJwk.kid, typ: 'JWT' },
): string {
  const signingInput = `${encodePart(header)}.${encodePart(payload)}`
  const { kty, crv = '', x = '', y = '', d } = privateJwk
  const key = createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(signingInput), { key, dsaEncoding: 'ieee-p1363' })
  return `${signingInput}.${signature.toString('base64url')}`
}

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The other signature of the same token: (r, s) becomes (r, n−s). */
export function mirrorSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const octets = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${octets.subarray(32).toString('hex')}`)
  const mirrored = Buffer.from((order - s).toString(16).padStart(64, '0'), 'hex')
  const other = Buffer.concat([octets.subarray(0, 32), mirrored])
  return `${header}.${payload}.${other.toString('base64url')}`
}

import { createPrivateKey, sign } from 'node:crypto'
import type { PrivateJwk } from '@mayfly/jwt-tokens'

/** The same token with the other of the two signatures (r, s) and (r, n − s), which verifies as well. */
export function mirrorSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.')
  const octets = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${octets.subarray(32).toString('hex')}`)
  const mirrored = Buffer.from((orderP256 - s).toString(16).padStart(64, '0'), 'hex')
  return `${header}.${payload}.${Buffer.concat([octets.subarray(0, 32), mirrored]).toString('base64url')}`
}

/** The token without its `jti`, signed anew with the provisioner's P-256 key. */
export function leaveOutId(token: string, { x = '', y = '', d = '' }: PrivateJwk): string {
  const [header, payload = ''] = token.split('.')
  const { jti: _, ...claims } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const input = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  const privateKey = createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' })
  const signature = sign('sha256', Buffer.from(input), {
    key: privateKey,
    dsaEncoding: 'ieee-p1363',
  })
  return `${input}.${signature.toString('base64url')}`
}

const orderP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

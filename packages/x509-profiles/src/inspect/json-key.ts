import { createHash } from 'node:crypto'
import type { CurveName } from '../public-key.ts'
import { describeKey, type ShownKey } from './describe-key.ts'
import type { JsonValue } from './encode-json.ts'

/** The `subject_key_info` of step's JSON form. */
export function keyToJson(subjectPublicKeyInfo: Uint8Array): JsonValue {
  const key = describeKey(subjectPublicKeyInfo)
  return {
    key_algorithm: { name: keyAlgorithmNames[key.type] },
    ...keyMembers(key),
    fingerprint_sha256: createHash('sha256').update(subjectPublicKeyInfo).digest('hex'),
  }
}

/** step's names of the key types in its JSON forms. */
export const keyAlgorithmNames: Readonly<Record<ShownKey['type'], string>> = {
  ec: 'ECDSA',
  ed25519: 'Ed25519',
  rsa: 'RSA',
  other: 'unknown_algorithm',
}

/** Octets in padded base64. */
export function toBase64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64')
}

function keyMembers(key: ShownKey): Record<string, JsonValue> {
  if (key.type === 'ec') {
    const { b, gx, gy, n, p } = curveParameters[key.curve]
    const pub = toBase64(key.point)
    const coordinates = { x: toBase64(key.x), y: toBase64(key.y) }
    return {
      ecdsa_public_key: {
        b,
        curve: key.curve,
        gx,
        gy,
        length: key.bits,
        n,
        p,
        pub,
        ...coordinates,
      },
    }
  }
  if (key.type === 'rsa') {
    const modulus = toBase64(key.modulus)
    return { rsa_public_key: { exponent: key.exponent, modulus, length: key.bits } }
  }
  return {}
}

/** The constants of a curve (FIPS 186-4 §D.1.2), big-endian without leading zeros, in base64. */
interface CurveParameters {
  readonly b: string
  readonly gx: string
  readonly gy: string
  readonly n: string
  readonly p: string
}

const curveParameters: Readonly<Record<CurveName, CurveParameters>> = {
  'P-256': {
    b: 'WsY12Ko6k+ez671VdpiGvGUdBrDMU7D2O848PifSYEs=',
    gx: 'axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY=',
    gy: 'T+NC4v4af5uO5+tKfA+eFivOM1drMV7Oy7ZAaDe/UfU=',
    n: '/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVE=',
    p: '/////wAAAAEAAAAAAAAAAAAAAAD///////////////8=',
  },
  'P-384': {
    b: 'szEvp+I+5+SYjgVr4/gtGRgdnG7+gUESAxQIj1ATh1rGVjmNii7RnSqFyO3T7Crv',
    gx: 'qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3',
    gy: 'NhfeSpYmLG9dnpi/kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f',
    n: '////////////////////////////////x2NNgfQ3Ld9YGg2ySLCneuzsGWrMxSlz',
    p: '//////////////////////////////////////////7/////AAAAAAAAAAD/////',
  },
  'P-521': {
    b: 'UZU+uWGOHJofkpohoLaFQO6i2nJbmbMV87i0iZGO8QnhVhk5Uex+k3sWUsC9O7G/BzVz34g9LDTx70Uf1GtQPwA=',
    gx: 'xoWOBrcEBOnNnj7LZiOVtEKcZIE5BT+1Ifgor2BrTT26oUted+/nWSj+HcEnov+o3jNIs8GFakKb+X5+McLlvWY=',
    gy: 'ARg5KWp4mjvABFyKX7QsfRvZmPVESVebRGgXr70XJz5mLJfucple9CZAxVC5AT+tB2E1PHCGonLCQIi+lHaf0WZQ',
    n: 'Af//////////////////////////////////////////+lGGh4O/L5Zrf8wBSPcJpdA7tcm4iZxHrrtvtx6ROGQJ',
    p: 'Af//////////////////////////////////////////////////////////////////////////////////////',
  },
}

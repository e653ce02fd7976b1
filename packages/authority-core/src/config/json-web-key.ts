import type { PublicJwk } from '@mayfly/jwt-tokens'
import { z } from 'zod'

/** Octets of each coordinate by curve; the curves a provisioner key may lie on. */
const coordinateLength = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
])

const minimumModulusBits = 2048

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

const jsonWebKey = z
  .looseObject({
    use: z.string().optional(),
    kty: z.string(),
    kid: z.string().optional(),
    crv: z.string().optional(),
    alg: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    n: z.string().optional(),
    e: z.string().optional(),
    key_ops: z.array(z.string()).optional(),
  })
  .superRefine((key, context) => {
    const refuse = (member: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [member], message })

    for (const member of privateMembers) {
      if (Object.hasOwn(key, member)) refuse(member, 'a public key may not hold a private member')
    }
    if (key.use !== undefined && key.use !== 'sig') refuse('use', `"${key.use}" is not "sig"`)
    switch (key.kty) {
      case 'EC': {
        const length = coordinateLength.get(key.crv ?? '')
        if (length === undefined) {
          refuse('crv', `"${key.crv ?? ''}" is none of P-256, P-384, P-521`)
          return
        }
        for (const member of ['x', 'y'] as const) {
          if (decode(key[member])?.length !== length) {
            refuse(member, `is not ${length} octets in base64url`)
          }
        }
        return
      }
      case 'OKP':
        if (key.crv !== 'Ed25519') refuse('crv', `"${key.crv ?? ''}" is not Ed25519`)
        if (decode(key.x)?.length !== 32) refuse('x', 'is not 32 octets in base64url')
        return
      case 'RSA': {
        const bits = modulusBits(decode(key.n))
        if (bits === undefined) refuse('n', 'is not a modulus in base64url')
        else if (bits < minimumModulusBits) {
          refuse('n', `an RSA key of ${bits} bits is too weak, it must have at least 2048`)
        }
        if (decode(key.e) === undefined) refuse('e', 'is not an exponent in base64url')
        return
      }
      default:
        refuse('kty', `"${key.kty}" is none of EC, RSA, OKP`)
    }
  })

/**
 * A public key as a provisioner holds it: EC P-256, P-384, P-521, Ed25519, or RSA of 2048 bits and more.
 * Its members come out in the order in which step writes them.
 */
export const publicJwkSchema: z.ZodType<PublicJwk> = jsonWebKey.transform((key): PublicJwk => {
  const { use, kty, kid, crv, alg, x, y, n, e, ...others } = key
  return { use, kty, kid, crv, alg, x, y, n, e, ...others }
})

function decode(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined
  return Buffer.from(text, 'base64url')
}

function modulusBits(modulus: Uint8Array | undefined): number | undefined {
  if (modulus === undefined) return undefined
  const first = modulus.findIndex((octet) => octet !== 0)
  const top = modulus[first]
  if (top === undefined) return undefined
  return (modulus.length - first) * 8 - Math.clz32(top) + 24
}

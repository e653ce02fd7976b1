import type { Jwk } from '@mayfly/jwt-tokens'
import { printableJson } from '../framework/printable.ts'

/** Writes a JWK with its members in step's order, on one line or indented by two spaces, without a line end. */
export function encodeJwk(jwk: Jwk, { indent = 2 }: { readonly indent?: 0 | 2 } = {}): string {
  const members = new Map(Object.entries(jwk))
  const ordered = memberOrder.flatMap((name) => {
    const value = members.get(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return printableJson(JSON.stringify(Object.fromEntries(ordered), undefined, indent))
}

const memberOrder = [
  ...['use', 'kty', 'kid', 'crv', 'alg', 'key_ops'],
  ...['k', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'],
]

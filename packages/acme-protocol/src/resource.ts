import { account, newAccount } from './account.ts'
import type { SignedBy } from './authentication.ts'
import { authorization } from './authorization.ts'
import { certificate } from './certificate.ts'
import { challenge } from './challenge.ts'
import type { AccountRequest, Handler, KeyRequest } from './context.ts'
import { finalize } from './finalize.ts'
import { keyChange } from './key-change.ts'
import { newOrder } from './new-order.ts'
import { order } from './order.ts'
import { orderList } from './order-list.ts'
import { revokeCert } from './revocation.ts'

/** How a resource that is asked for with a signature is asked for, and who answers. */
export type SignedResource = {
  /** Whether the payload must be empty: POST-as-GET (RFC 8555 §6.3). */
  readonly isReadOnly?: boolean
} & (
  | { readonly signedBy: 'kid'; readonly handle: Handler<AccountRequest> }
  | { readonly signedBy: 'jwk'; readonly handle: Handler<KeyRequest> }
  | { readonly signedBy: 'either'; readonly handle: Handler<AccountRequest | KeyRequest> }
) & { readonly signedBy: SignedBy }

/** What a path stands for. */
export type Resource =
  | { readonly kind: 'directory' | 'new-nonce' }
  | { readonly kind: 'renewal-info'; readonly id: string }
  | { readonly kind: 'signed'; readonly resource: SignedResource; readonly ids: readonly string[] }

/** Finds what the path behind the provisioner's name stands for. */
export function findResource(segments: readonly string[]): Resource | undefined {
  const [first = '', second] = segments
  if (segments.length === 1 && (first === 'directory' || first === 'new-nonce')) {
    return { kind: first }
  }
  if (segments.length === 2 && first === 'renewal-info' && second !== undefined) {
    return { kind: 'renewal-info', id: second }
  }
  for (const [pattern, resource] of resources) {
    const names = pattern.split('/')
    if (names.length !== segments.length) continue
    if (names.every((name, index) => name === '*' || name === segments[index])) {
      const ids = segments.filter((_, index) => names[index] === '*')
      return { kind: 'signed', resource, ids }
    }
  }
  return undefined
}

const resources: ReadonlyMap<string, SignedResource> = new Map<string, SignedResource>([
  ['new-account', { signedBy: 'jwk', handle: newAccount }],
  ['account/*', { signedBy: 'kid', handle: account }],
  ['account/*/orders', { signedBy: 'kid', isReadOnly: true, handle: orderList }],
  ['key-change', { signedBy: 'kid', handle: keyChange }],
  ['new-order', { signedBy: 'kid', handle: newOrder }],
  ['order/*', { signedBy: 'kid', isReadOnly: true, handle: order }],
  ['order/*/finalize', { signedBy: 'kid', handle: finalize }],
  ['authz/*', { signedBy: 'kid', handle: authorization }],
  ['challenge/*/*', { signedBy: 'kid', handle: challenge }],
  ['certificate/*', { signedBy: 'kid', isReadOnly: true, handle: certificate }],
  ['certificate/*/*', { signedBy: 'kid', isReadOnly: true, handle: certificate }],
  ['revoke-cert', { signedBy: 'either', handle: revokeCert }],
])

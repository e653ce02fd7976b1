import { type Authority, AuthorityError } from '@mayfly/authority-core'
import type { HostError } from '../errors.ts'

/** What an authority that follows revisions goes by. */
export interface FollowingOptions {
  /** The authority of the revision in force. */
  readonly current: () => Authority
  /** Why the newest revision is not followed, if it is not. */
  readonly refusal: () => HostError | undefined
  /** Resolves when what stands in the database now has been looked at. @throws {StoreError} */
  readonly follow: () => Promise<void>
}

/**
 * Returns an authority that always judges by the revision in force. What was judged by one that is no longer the newest is
 * judged again; a token of an unknown provisioner makes it look for a newer one first. Nothing is issued or revoked while
 * the newest revision is refused.
 */
export function createFollowingAuthority(options: FollowingOptions): Authority {
  const { current } = options
  return {
    get chain() {
      return current().chain
    },
    get roots() {
      return current().roots
    },
    get federatedRoots() {
      return current().federatedRoots
    },
    get provisionerWarnings() {
      return current().provisionerWarnings
    },
    sign: (request) => judge(options, (authority) => authority.sign(request)),
    explain: (request) => current().explain(request),
    renew: (request) => judge(options, (authority) => authority.renew(request)),
    rekey: (request) => judge(options, (authority) => authority.rekey(request)),
    revoke: (request) => judge(options, (authority) => authority.revoke(request)),
    provisioners: () => current().provisioners(),
    findEncryptedKey: (kid) => current().findEncryptedKey(kid),
    findRoot: (fingerprint) => current().findRoot(fingerprint),
    issueServingCertificate: (request) => current().issueServingCertificate(request),
  }
}

/** Each attempt is by a newer revision than the one before; an unknown provisioner is looked for once. */
async function judge<T>(
  options: FollowingOptions,
  operation: (authority: Authority) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const refusal = options.refusal()
    if (refusal !== undefined) throw outdated(refusal)
    const authority = options.current()
    try {
      return await operation(authority)
    } catch (error) {
      if (attempt === maximumAttempts || !isAnotherRevisionWanted(error)) throw error
      await options.follow()
      if (options.current() === authority && options.refusal() === undefined) throw error
    }
  }
}

const maximumAttempts = 5

function isAnotherRevisionWanted(error: unknown): boolean {
  return (
    error instanceof AuthorityError &&
    (error.code === 'configuration_changed' || error.code === 'provisioner_not_found')
  )
}

function outdated(refusal: HostError): AuthorityError {
  return new AuthorityError('configuration_changed', 'the configuration is outdated', {
    cause: refusal,
    detail: refusal.message,
  })
}

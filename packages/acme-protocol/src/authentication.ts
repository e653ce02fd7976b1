import type { AcmeAccountRecord, AcmeStore } from '@mayfly/db-adapters'
import {
  type AccountKey,
  type AccountKeys,
  assertRequestAlgorithm,
  readAccountKey,
  verifyRequestSignature,
} from './account-key.ts'
import { AcmeError } from './errors.ts'
import { type FlattenedJws, optionalString } from './jws.ts'
import { parsePath } from './location.ts'
import type { AcmeProvisioner } from './provisioner.ts'

/** Who has signed a request. */
export type Signatory =
  | { readonly by: 'jwk'; readonly key: AccountKey }
  | {
      readonly by: 'kid'
      readonly key: AccountKey
      readonly account: AcmeAccountRecord
      readonly kid: string
    }

/** How a resource wants its requests to be signed (RFC 8555 §6.2). */
export type SignedBy = 'either' | 'jwk' | 'kid'

/** Where accounts are looked for. */
interface AccountHolder {
  readonly store: AcmeStore
  readonly provisioner: AcmeProvisioner
}

/**
 * Checks that the request was meant for the URL at which it came (RFC 8555 §6.4).
 *
 * @throws {AcmeError} `malformed` without a URL, `unauthorized` with another one.
 */
export function assertUrl({ protectedHeader }: FlattenedJws, url: string): void {
  const signed = optionalString(protectedHeader, 'url')
  if (signed === undefined) throw new AcmeError('malformed', 'the protected header has no "url"')
  if (signed === url) return
  throw new AcmeError(
    'unauthorized',
    `the request was signed for ${JSON.stringify(signed)}, but came to ${url}`,
  )
}

/**
 * Finds the key of a request, with its account where the header has a `kid`, and verifies the signature. Nothing is written.
 *
 * @throws {AcmeError} `malformed`, `badSignatureAlgorithm`, `badPublicKey`, `accountDoesNotExist` or `unauthorized`.
 */
export async function authenticate(
  jws: FlattenedJws,
  signedBy: SignedBy,
  engine: AccountHolder & { readonly keys: AccountKeys },
): Promise<Signatory> {
  assertRequestAlgorithm(jws)
  const { jwk, kid } = jws.protectedHeader
  if ((jwk === undefined) === (kid === undefined)) {
    const found = jwk === undefined ? 'neither "jwk" nor "kid"' : 'both "jwk" and "kid"'
    throw new AcmeError('malformed', `the protected header has ${found}, where one is wanted`)
  }
  const by = jwk === undefined ? 'kid' : 'jwk'
  if (signedBy !== 'either' && signedBy !== by) {
    throw new AcmeError('malformed', `the request is signed by "${by}", but needs "${signedBy}"`)
  }
  if (kid === undefined) {
    const key = readAccountKey(jwk)
    await verifyRequestSignature(jws, key)
    return { by: 'jwk', key }
  }
  const account = await findSigningAccount(kid, engine)
  const key = engine.keys.parse(account.publicKey)
  await verifyRequestSignature(jws, key)
  assertAccountValid(account)
  return { by: 'kid', key, account, kid }
}

/**
 * Refuses an account that may not ask for anything any more (RFC 8555 §7.3.6).
 *
 * @throws {AcmeError} `unauthorized`.
 */
export function assertAccountValid({ id, status }: AcmeAccountRecord): void {
  if (status === 'valid') return
  throw new AcmeError('unauthorized', `the account ${id} is ${status}`, {
    hint: 'Make another account, with another key.',
  })
}

/**
 * The account whose URL `kid` is. The host in it may be any: an authority may go by several names, and an account that came
 * from another authority keeps its URL.
 */
async function findSigningAccount(
  kid: string,
  { store, provisioner }: AccountHolder,
): Promise<AcmeAccountRecord> {
  const { provisionerName, segments: [collection, id, ...rest] = [] } = parsePath(kid) ?? {}
  if (collection !== 'account' || id === undefined || rest.length > 0) {
    throw new AcmeError(
      'malformed',
      `the "kid" ${JSON.stringify(kid)} is not the URL of an account`,
    )
  }
  const account = await store.findAccount(id)
  if (account === undefined) {
    throw new AcmeError('accountDoesNotExist', `there is no account ${kid}`, {
      hint: 'Register again at newAccount.',
    })
  }
  if (account.provisionerId !== provisioner.id || !isOwnPath(account, kid, provisionerName)) {
    throw new AcmeError(
      'unauthorized',
      `the account ${kid} is not one of the provisioner ${JSON.stringify(provisioner.name)}`,
      { hint: `Use the directory at which the account was made, or make another.` },
    )
  }
  return account

  function isOwnPath(of: AcmeAccountRecord, url: string, name: string | undefined): boolean {
    return name === provisioner.name || url === `${of.locationPrefix}${of.id}`
  }
}

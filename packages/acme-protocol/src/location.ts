/** Where the resources of one provisioner are: step-ca's paths (and the ones of RFC 9773). */
export interface Locations {
  readonly directory: string
  readonly newNonce: string
  readonly newAccount: string
  readonly newOrder: string
  readonly revokeCert: string
  readonly keyChange: string
  readonly renewalInfo: string
  account(id: string): string
  orders(accountId: string, cursor?: string): string
  order(id: string): string
  finalize(orderId: string): string
  authorization(id: string): string
  challenge(authorizationId: string, id: string): string
  /** `alternate` is 0 for the usual chain. */
  certificate(id: string, alternate?: number): string
}

/** Returns the URLs at an origin such as `https://ca.internal:9000`, always below `/acme/`. */
export function createLocations(origin: string, provisionerName: string): Locations {
  const base = `${origin}/acme/${encodeURIComponent(provisionerName)}`
  return {
    directory: `${base}/directory`,
    newNonce: `${base}/new-nonce`,
    newAccount: `${base}/new-account`,
    newOrder: `${base}/new-order`,
    revokeCert: `${base}/revoke-cert`,
    keyChange: `${base}/key-change`,
    renewalInfo: `${base}/renewal-info`,
    account: (id) => `${base}/account/${id}`,
    orders: (id, cursor) =>
      `${base}/account/${id}/orders${cursor === undefined ? '' : `?cursor=${cursor}`}`,
    order: (id) => `${base}/order/${id}`,
    finalize: (id) => `${base}/order/${id}/finalize`,
    authorization: (id) => `${base}/authz/${id}`,
    challenge: (authorizationId, id) => `${base}/challenge/${authorizationId}/${id}`,
    certificate: (id, alternate = 0) =>
      `${base}/certificate/${id}${alternate === 0 ? '' : `/${alternate}`}`,
  }
}

/** A URL of ours taken apart. */
export interface Path {
  readonly provisionerName: string
  /** What follows the provisioner's name, decoded. */
  readonly segments: readonly string[]
}

/** Takes the path of a URL apart, `/acme/{name}/…` or `/2.0/acme/{name}/…`; `undefined` when it is no such URL. */
export function parsePath(url: string): Path | undefined {
  if (!URL.canParse(url)) return undefined
  const { pathname } = new URL(url)
  const below = /^(?:\/2\.0)?\/acme\/([^/]+)\/(.+)$/.exec(pathname)
  const [, name, rest] = below ?? []
  if (name === undefined || rest === undefined) return undefined
  try {
    return {
      provisionerName: decodeURIComponent(name),
      segments: rest.split('/').map(decodeURIComponent),
    }
  } catch {
    // A percent sign that begins no escape: nothing of ours has one.
    return undefined
  }
}

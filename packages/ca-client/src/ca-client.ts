import type { KeyObject } from 'node:crypto'
import {
  type Certificate,
  encodeCertificatePem,
  parseCertificate,
  parseCertificationRequestPem,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { CaClientError } from './errors.ts'
import { type ClientIdentity, checkIdentity, parseChain } from './identity.ts'
import {
  parseBundle,
  parseCertificateList,
  parseEncryptedKey,
  parseHealth,
  parseProvisionerPage,
  parseRevocation,
  parseSignResponse,
  parseVersion,
} from './internal/answers.ts'
import type { ProxyEnvironment } from './internal/proxy.ts'
import type { Delay } from './internal/retry.ts'
import { createTransport } from './internal/transport.ts'
import type { ProvisionerListing } from './provisioner.ts'
import type { SignResponse } from './sign-response.ts'
import { parseCaUrl } from './url.ts'

export interface CaClientOptions {
  /** The CA's address; see {@link parseCaUrl}. */
  readonly url: string
  /** The only roots that the CA's own certificate may lead to; PEM or parsed. */
  readonly roots: string | readonly Certificate[]
  readonly userAgent?: string | undefined
  /** For one request and its answer, default 30 000. */
  readonly timeoutMilliseconds?: number | undefined
  /** Waits between attempts; a test hands in its own. */
  readonly delay?: Delay | undefined
  /**
   * The environment whose `HTTPS_PROXY` and `NO_PROXY` say through which proxy to go; none by default. The TLS connection
   * to the CA goes through the proxy unopened. Needs Node 24.5; an older one passes over it.
   */
  readonly proxyEnvironment?: ProxyEnvironment | undefined
}

export interface SignRequest {
  /** A CERTIFICATE REQUEST in PEM. */
  readonly csr: string
  readonly oneTimeToken: string
  /** An RFC 3339 time, or a Go duration from now. */
  readonly notBefore?: string | undefined
  /** An RFC 3339 time, or a Go duration from `notBefore`. */
  readonly notAfter?: string | undefined
  /** Values for the provisioner's template. */
  readonly templateData?: Readonly<Record<string, unknown>> | undefined
}

export interface RevokeRequest {
  readonly serialNumber: bigint
  /** RFC 5280 §5.3.1. */
  readonly reasonCode: number
  readonly reason: string
  /** What permits it: a token, or the certificate itself by mutual TLS. */
  readonly credential: { readonly oneTimeToken: string } | { readonly identity: ClientIdentity }
  /** Also revoke what the certificate was renewed into; an addition of Mayfly's that step-ca passes over. */
  readonly withRenewals?: boolean | undefined
}

/**
 * The certificate authority, as its HTTP API shows it. All methods throw {@link CaClientError}; those
 * that take a certificate or a request also `ProfileError`, when it cannot be read.
 */
export interface CaClient {
  /** The CA's origin, such as `https://ca.internal:9000`. */
  readonly url: string
  health(): Promise<{ readonly status: string }>
  version(): Promise<{ readonly version: string; readonly requireClientAuthentication: boolean }>
  roots(): Promise<readonly Certificate[]>
  /** The roots as a PEM bundle. */
  rootsPem(): Promise<string>
  intermediates(): Promise<readonly Certificate[]>
  /** The roots and those of federated CAs, in no order. */
  federation(): Promise<readonly Certificate[]>
  /** All provisioners, in the order of the configuration. */
  provisioners(): Promise<readonly ProvisionerListing[]>
  /** Whether the provisioners are kept in the CA's database and changed over its administration API. */
  keepsProvisioners(): Promise<boolean>
  /** The sealed private key of a JWK provisioner, a compact JWE. */
  encryptedKey(kid: string): Promise<string>
  sign(request: SignRequest): Promise<SignResponse>
  /** Renews by mutual TLS. */
  renew(identity: ClientIdentity): Promise<SignResponse>
  /** Renews by a token of `createRenewalToken`: the way for an expired certificate. */
  renewWithToken(token: string): Promise<SignResponse>
  /** Exchanges the key by mutual TLS; `csr` is PEM, and only its key counts. */
  rekey(request: ClientIdentity & { readonly csr: string }): Promise<SignResponse>
  /**
   * Returns the serial numbers of all that was revoked by this, where the CA lists them: for `withRenewals`. `undefined`
   * then means that it does not know of renewals and revoked the one certificate.
   */
  revoke(request: RevokeRequest): Promise<readonly bigint[] | undefined>
  /** Ends all requests under way and all connections. */
  close(): void
}

/**
 * Makes a client that trusts the given roots and nothing else, by TLS 1.2 or later.
 *
 * @throws {CaClientError} `url_invalid`.
 * @throws {ProfileError} when the roots cannot be read.
 * @throws {TypeError} when there are none.
 */
export function createCaClient(options: CaClientOptions): CaClient {
  const url = parseCaUrl(options.url)
  const roots = parseChain(options.roots)
  if (roots.length === 0) throw new TypeError('a client needs the roots it is to trust')
  const { get, post, close } = createTransport({ ...options, url, roots })
  return {
    url,
    health: () => get('/health', parseHealth),
    version: () => get('/version', parseVersion),
    roots: () => get('/roots', parseCertificateList),
    rootsPem: async () => (await get('/roots.pem', parseBundle)).map(encodeCertificatePem).join(''),
    intermediates: () => get('/intermediates', parseCertificateList),
    federation: () => get('/federation', parseCertificateList),
    provisioners: () => collectPages((path) => get(path, parseProvisionerPage)),
    keepsProvisioners: () => get('/admin/admins', () => true).catch(readAdministrationRefusal),
    encryptedKey: (kid) =>
      get(`/provisioners/${encodeURIComponent(kid)}/encrypted-key`, parseEncryptedKey),
    async sign({ csr, oneTimeToken, notBefore = '', notAfter = '', templateData }) {
      const publicKey = publicKeyOf(parseCertificationRequestPem(csr))
      const body = { csr, ott: oneTimeToken, notAfter, notBefore, templateData }
      return post('/sign', { body }, expectKey(publicKey))
    },
    async renew(identity) {
      const checked = checkIdentity(identity)
      return post('/renew', { identity: checked }, expectKey(publicKeyOf(checked.certificate)))
    },
    async renewWithToken(token) {
      const publicKey = await publicKeyOfToken(token)
      const headers = { authorization: `Bearer ${token}` }
      return post('/renew', { headers }, expectKey(publicKey))
    },
    async rekey({ csr, ...identity }) {
      const publicKey = publicKeyOf(parseCertificationRequestPem(csr))
      const checked = checkIdentity(identity)
      return post('/rekey', { body: { csr }, identity: checked }, expectKey(publicKey))
    },
    async revoke({ serialNumber, reasonCode, reason, credential, withRenewals }) {
      const token = 'oneTimeToken' in credential ? { ott: credential.oneTimeToken } : {}
      const identity = 'identity' in credential ? checkIdentity(credential.identity) : undefined
      const body = {
        serial: serialNumber.toString(),
        ...token,
        reasonCode,
        reason,
        passive: true,
        ...(withRenewals === true && { withRenewals }),
      }
      return post('/revoke', { body, identity }, parseRevocation)
    },
    close,
  }
}

function expectKey(publicKey: KeyObject): (body: string) => SignResponse {
  return (body) => parseSignResponse(body, publicKey)
}

async function publicKeyOfToken(token: string): Promise<KeyObject> {
  const { parseToken } = await import('@mayfly/jwt-tokens')
  const [leaf] = parseToken(token).x5cInsecure ?? []
  if (leaf === undefined) throw new TypeError('not a renewal token: it carries no certificate')
  return publicKeyOf(parseCertificate(leaf))
}

/** A CA that has the API wants a credential first; one without it does not know the route, or not that much. */
function readAdministrationRefusal(error: unknown): boolean {
  if (error instanceof CaClientError && error.status === 401) return true
  if (error instanceof CaClientError && (error.status === 404 || error.status === 501)) return false
  throw error
}

/** No CA has so many; one that never stops naming a next page is broken. */
const maximumPages = 1000

async function collectPages(
  load: (path: string) => Promise<ReturnType<typeof parseProvisionerPage>>,
): Promise<readonly ProvisionerListing[]> {
  const collected: ProvisionerListing[] = []
  let path = '/provisioners?limit=100'
  for (let page = 0; page < maximumPages; page += 1) {
    const { provisioners, nextCursor } = await load(path)
    collected.push(...provisioners)
    if (nextCursor === '') return collected
    path = `/provisioners?cursor=${encodeURIComponent(nextCursor)}&limit=100`
  }
  throw new CaClientError('malformed_answer', `the provisioners fill over ${maximumPages} pages`)
}

import { randomBytes } from 'node:crypto'
import {
  type Authority,
  type AuthorityOptions,
  createAuthority,
  type Issued,
  type SignRequest,
} from '@mayfly/authority-core'
import { type ProvisionerConfiguration, parseCaConfiguration } from '@mayfly/authority-core/config'
import { createMemoryStore, type Store } from '@mayfly/db-adapters'
import {
  createOneTimeToken,
  generateProvisionerKey,
  type OneTimeTokenOptions,
  type ProvisionerKey,
} from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  type CertificationRequest,
  createCertificationRequest,
  createName,
  guessGeneralName,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'

/** A clock that tests move. */
export interface Clock {
  now: () => Date
  advance: (seconds: number) => void
}

export const start: Date = new Date('2026-11-23T08:00:00.500Z')

export function createClock(at: Date = start): Clock {
  let milliseconds = at.getTime()
  return {
    now: () => new Date(milliseconds),
    advance: (seconds) => {
      milliseconds += seconds * 1000
    },
  }
}

export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

export interface Pki {
  readonly root: Certificate
  readonly rootIssuer: Issuer
  readonly intermediate: Certificate
  readonly issuer: Issuer
}

/** A root and an intermediate below it, ten years from the day before {@link start}. */
export async function createPki(name = 'Test'): Promise<Pki> {
  const rootSigner = createSigner(await generatePrivateKey())
  const notBefore = new Date(start.getTime() - 86_400_000)
  const validity = { notBefore, notAfter: new Date(notBefore.getTime() + 3650 * 86_400_000) }
  const ambient = { now: () => start, random }
  const root = await issueRoot(
    {
      subject: createName({ organization: name, commonName: `${name} Root CA` }),
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(rootSigner),
      validity,
    },
    rootProfile,
    rootSigner,
    ambient,
  )
  const rootIssuer = { certificate: root, signer: rootSigner }
  return { root, rootIssuer, ...(await createIntermediate(rootIssuer, `${name} Intermediate CA`)) }
}

/** Another intermediate below a root. */
export async function createIntermediate(
  rootIssuer: Issuer,
  commonName: string,
): Promise<{ intermediate: Certificate; issuer: Issuer }> {
  const signer = createSigner(await generatePrivateKey())
  const intermediate = await issue(
    {
      subject: createName({ commonName }),
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(signer),
      validity: rootIssuer.certificate.validity,
    },
    intermediateProfile,
    rootIssuer,
    { now: () => start, random },
  )
  return { intermediate, issuer: { certificate: intermediate, signer } }
}

export interface TestAuthority {
  readonly authority: Authority
  readonly pki: Pki
  readonly clock: Clock
  readonly store: Store
  readonly provisionerKey: ProvisionerKey
  /** A token of the provisioner `admin`, for signing unless told otherwise. */
  token(options?: Partial<OneTimeTokenOptions>): Promise<string>
  /** Signs a certificate for `web.internal` with a fresh token, unless told otherwise. */
  sign(request?: Partial<SignRequest>): Promise<Issued>
  /** Another authority on the same key, store and clock. */
  again(options?: Partial<AuthorityOptions>): Authority
}

export interface TestAuthorityOptions extends Partial<AuthorityOptions> {
  /** Members of the provisioner `admin` beyond type, name and key. */
  readonly provisioner?: Record<string, unknown>
  readonly pki?: Pki
  readonly clock?: Clock
}

export async function createTestAuthority({
  provisioner,
  pki: givenPki,
  clock = createClock(),
  ...overrides
}: TestAuthorityOptions = {}): Promise<TestAuthority> {
  const pki = givenPki ?? (await createPki())
  const store = overrides.store ?? createMemoryStore()
  const provisionerKey = await generateProvisionerKey()
  const options: AuthorityOptions = {
    issuer: pki.issuer,
    roots: [pki.root],
    dnsNames: ['ca.internal', '::1'],
    provisioners: readProvisioners([
      { type: 'JWK', name: 'admin', key: provisionerKey.publicJwk, ...provisioner },
    ]),
    store,
    now: clock.now,
    random,
    ...overrides,
  }
  const authority = createAuthority(options)
  const token: TestAuthority['token'] = (claims) =>
    createOneTimeToken({
      key: provisionerKey.privateJwk,
      issuer: 'admin',
      subject: 'web.internal',
      audience: 'https://ca.internal/1.0/sign',
      now: clock.now,
      random,
      ...claims,
    })
  return {
    authority,
    pki,
    clock,
    store,
    provisionerKey,
    token,
    sign: async (request = {}) =>
      authority.sign({
        certificationRequest: await sharedRequest(),
        oneTimeToken: request.oneTimeToken ?? (await token()),
        requestId: 'request-1',
        ...request,
      }),
    again: (more) => createAuthority({ ...options, ...more }),
  }
}

/** Reads provisioners as `ca.json` has them. */
export function readProvisioners(
  provisioners: readonly unknown[],
  authority: Record<string, unknown> = {},
): readonly ProvisionerConfiguration[] {
  return readAuthority({ provisioners, ...authority }).provisioners
}

export function readAuthority(
  authority: Record<string, unknown>,
): ReturnType<typeof parseCaConfiguration>['authority'] {
  return parseCaConfiguration({ root: 'r', crt: 'c', key: 'k', address: ':443', authority })
    .authority
}

export interface RequestOptions {
  readonly commonName?: string
  readonly names?: readonly string[]
  readonly signer?: Signer
}

/** A certification request; its key is a new P-256 one unless given. */
export async function createRequest(options: RequestOptions = {}): Promise<CertificationRequest> {
  const { commonName = '', names = [] } = options
  return createCertificationRequest({
    subject: createName({ commonName }),
    subjectAltNames: names.map(guessGeneralName),
    signer: options.signer ?? createSigner(await generatePrivateKey()),
  })
}

let shared: Promise<CertificationRequest> | undefined

/** One request for `web.internal`, for tests to which its key does not matter. */
export function sharedRequest(): Promise<CertificationRequest> {
  shared ??= createRequest({ commonName: 'web.internal', names: ['web.internal'] })
  return shared
}

export function spkiOf(signer: Signer): Uint8Array {
  return new Uint8Array(signer.publicKey.export({ format: 'der', type: 'spki' }))
}

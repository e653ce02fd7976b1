import type { KeyObject } from 'node:crypto'
import { createOneTimeToken, type OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  guessGeneralName,
  issue,
  type LeafProfile,
  leafProfile,
} from '@mayfly/x509-profiles'
import {
  createTestAuthority,
  type Pki,
  random,
  readProvisioners,
  sharedRequest,
  spkiOf,
  start,
  type TestAuthority,
  type TestAuthorityOptions,
} from './authority.ts'

/** A certificate of somebody's own authority, with its key: what an X5C provisioner goes by. */
export interface CredentialKey {
  readonly certificate: Certificate
  readonly key: KeyObject
  /** The certificate, then the intermediate. */
  readonly chain: readonly Certificate[]
}

export interface CredentialOptions {
  /** Seconds from {@link start}; the day around it unless said. */
  readonly notBefore?: number
  readonly notAfter?: number
  readonly profile?: LeafProfile
  readonly keyType?: KeyType
}

/** Issues a credential for `host.corp` from a PKI. */
export async function issueCredential(
  { issuer, intermediate }: Pick<Pki, 'issuer' | 'intermediate'>,
  { notBefore = -3600, notAfter = 86_400, profile = leafProfile, keyType }: CredentialOptions = {},
): Promise<CredentialKey> {
  const key = await generatePrivateKey(keyType)
  const certificate = await issue(
    {
      subject: createName({ commonName: 'host.corp' }),
      subjectAltNames: [guessGeneralName('host.corp')],
      subjectPublicKeyInfo: spkiOf(createSigner(key)),
      validity: { notBefore: at(notBefore), notAfter: at(notAfter) },
    },
    profile,
    issuer,
    { now: () => start, random },
  )
  return { certificate, key, chain: [certificate, intermediate] }
}

/** The time of so many seconds from {@link start}, in whole seconds. */
export function at(seconds: number): Date {
  return new Date(Math.floor(start.getTime() / 1000 + seconds) * 1000)
}

/** The member `roots` of an X5C provisioner. */
export function rootsOf(...certificates: readonly Certificate[]): string {
  return Buffer.from(certificates.map(encodeCertificatePem).join('')).toString('base64')
}

/** A token of the provisioner `corp`, signed by a credential's key. */
export function x5cToken(
  { clock }: Pick<TestAuthority, 'clock'>,
  { key, chain }: Pick<CredentialKey, 'key' | 'chain'>,
  options: Partial<OneTimeTokenOptions> = {},
): Promise<string> {
  return createOneTimeToken({
    key,
    issuer: 'corp',
    subject: 'web.internal',
    audience: 'https://ca.internal/1.0/sign#x5c/corp',
    x5c: chain.map(({ der }) => der),
    now: clock.now,
    random,
    ...options,
  })
}

/** An authority with the JWK provisioner `admin` and X5C ones, each with roots of its own: `corp` with `members`, `other`, `own`. */
export async function createX5cAuthority(
  { corp, stranger }: { readonly corp: Pki; readonly stranger: Pki },
  members: Record<string, unknown> = {},
  options: TestAuthorityOptions = {},
): Promise<TestAuthority> {
  const base = await createTestAuthority(options)
  const provisioners = readProvisioners([
    { type: 'JWK', name: 'admin', key: base.provisionerKey.publicJwk },
    { type: 'X5C', name: 'corp', roots: rootsOf(corp.root), ...members },
    { type: 'X5C', name: 'other', roots: rootsOf(stranger.root) },
    { type: 'X5C', name: 'own', roots: rootsOf(base.pki.root) },
  ])
  const authority = base.again({ provisioners })
  return {
    ...base,
    authority,
    sign: async (request = {}) =>
      authority.sign({
        certificationRequest: await sharedRequest(),
        oneTimeToken: request.oneTimeToken ?? (await base.token()),
        requestId: 'request-1',
        ...request,
      }),
  }
}

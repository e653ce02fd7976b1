import type { KeyObject } from 'node:crypto'
import { createOneTimeToken, type OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  guessGeneralName,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  type LeafProfile,
  leafProfile,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'
import { dnsName, random } from './authority-folder.ts'

/** Somebody else's authority, whose certificates an X5C provisioner goes by. */
export interface CorporateAuthority {
  /** The member `roots` of a provisioner. */
  readonly roots: string
  issueCredential(options?: CredentialOptions): Promise<Credential>
}

/** A certificate of it, for `host.corp`. */
export interface Credential {
  readonly key: KeyObject
  /** Leaf first, without the root. */
  readonly chain: readonly Certificate[]
}

export interface CredentialOptions {
  /** Seconds from now; an hour before and after unless said. */
  readonly notBefore?: number
  readonly notAfter?: number
  readonly profile?: LeafProfile
}

export async function createCorporateAuthority(): Promise<CorporateAuthority> {
  const rootSigner = createSigner(await generatePrivateKey())
  const signer = createSigner(await generatePrivateKey())
  const years = { notBefore: -86_400, notAfter: 365 * 86_400 }
  const root = await issueRoot(
    describe('Corp Root CA', rootSigner, years),
    rootProfile,
    rootSigner,
    ambient,
  )
  const rootIssuer: Issuer = { certificate: root, signer: rootSigner }
  const request = describe('Corp Intermediate CA', signer, years)
  const intermediate = await issue(request, intermediateProfile, rootIssuer, ambient)
  const issuer: Issuer = { certificate: intermediate, signer }
  return {
    roots: Buffer.from(encodeCertificatePem(root)).toString('base64'),
    issueCredential: async ({
      notBefore = -3600,
      notAfter = 3600,
      profile = leafProfile,
    }: CredentialOptions = {}) => {
      const key = await generatePrivateKey()
      const leaf = describe('host.corp', createSigner(key), { notBefore, notAfter })
      const subjectAltNames = [guessGeneralName('host.corp')]
      const certificate = await issue({ ...leaf, subjectAltNames }, profile, issuer, ambient)
      return { key, chain: [certificate, intermediate] }
    },
  }
}

/** A token of the provisioner `corp`, for signing unless said. */
export function createX5cToken(
  { key, chain }: Credential,
  options: Partial<OneTimeTokenOptions> = {},
): Promise<string> {
  return createOneTimeToken({
    key,
    issuer: 'corp',
    subject: 'web.internal',
    audience: `https://${dnsName}/1.0/sign#x5c/corp`,
    x5c: chain.map(({ der }) => der),
    ...ambient,
    ...options,
  })
}

const ambient = { now: () => new Date(), random }

function describe(
  commonName: string,
  { publicKey }: Signer,
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
) {
  const now = Date.now()
  return {
    subject: createName({ commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    validity: {
      notBefore: new Date(now + notBefore * 1000),
      notAfter: new Date(now + notAfter * 1000),
    },
  }
}

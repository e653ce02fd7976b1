import type { Store } from '@mayfly/db-adapters'
import {
  type Certificate,
  certificateFingerprint,
  createName,
  findIssuingPaths,
  guessGeneralName,
  type Issuer,
  issue,
  leafProfile,
} from '@mayfly/x509-profiles'
import { acceptedAudiences } from './audiences.ts'
import type { AuthorityState } from './authority-state.ts'
import type { SubjectTemplate } from './config/ca-configuration.ts'
import type { ClaimsConfiguration } from './config/claims.ts'
import type { PolicyConfiguration } from './config/policy.ts'
import type { ProvisionerConfiguration } from './config/provisioner.ts'
import { type ExplainRequest, type Explanation, explain } from './explain.ts'
import { assertNameConstraints, type Issued } from './issuance.ts'
import type { SignRequest } from './issuance-decision.ts'
import { createNamePolicy } from './policy.ts'
import type { TemplateFile } from './provisioner-template.ts'
import {
  createProvisioners,
  type ProvisionerListing,
  type ProvisionerWarning,
} from './provisioners.ts'
import { type RekeyRequest, type RenewRequest, rekey, renew } from './renew.ts'
import { truncateToSecond } from './requested-validity.ts'
import { type Revoked, type RevokeRequest, revoke } from './revoke.ts'
import { sign } from './sign.ts'

/** What an authority is made of. */
export interface AuthorityOptions {
  readonly issuer: Issuer
  /** The issuing certificate and those above it, without the root; the issuing one alone by default. */
  readonly chain?: readonly Certificate[]
  /** What presented certificates must chain to; at least one. */
  readonly roots: readonly Certificate[]
  /** Further roots, only to be handed out. */
  readonly federatedRoots?: readonly Certificate[]
  /** Names and addresses under which clients reach the authority; tokens carry one in their audience. */
  readonly dnsNames: readonly string[]
  readonly provisioners: readonly ProvisionerConfiguration[]
  /** What provisioners inherit. */
  readonly claims?: ClaimsConfiguration
  /** Which names may be issued, whichever provisioner grants them; a renewal keeps its names. */
  readonly policy?: PolicyConfiguration
  /** How long before its issuance a certificate begins; 60 by default. */
  readonly backdateSeconds?: number
  readonly subjectTemplate?: SubjectTemplate
  /** What the provisioners' options name as `templateFile`, by that name. */
  readonly templateFiles?: ReadonlyMap<string, TemplateFile>
  /** Accepts tokens made before `startedAt` where the store does not outlive the process; they may work twice. */
  readonly disableIssuedAtCheck?: boolean
  /** Longest life of a token; 3600 by default. */
  readonly maximumTokenLifetimeSeconds?: number
  /** How long after its end a certificate may be renewed where its claims allow it; 30 days by default. */
  readonly renewalAfterExpirySeconds?: number
  readonly store: Store
  /**
   * The revision of the shared configuration that all of this was taken from: nothing is issued or revoked by it once
   * another is the newest in the store. Left out where the configuration is not kept there.
   */
  readonly revision?: number
  /** When the store's memory of spent tokens began; now by default. */
  readonly startedAt?: Date
  /** When the store was filled from a backup, if it was: what was spent after that was made, it does not know. */
  readonly restoredAt?: Date
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** A certificate authority: every decision from request to stored certificate. */
export interface Authority {
  /** The issuing certificate and those above it, without the root. */
  readonly chain: readonly Certificate[]
  readonly roots: readonly Certificate[]
  readonly federatedRoots: readonly Certificate[]
  /** Provisioners that are not served, and why. */
  readonly provisionerWarnings: readonly ProvisionerWarning[]
  /**
   * Issues a certificate for a one-time token, and spends it.
   *
   * @throws {AuthorityError | TokenError | ProfileError | StoreError}
   */
  sign(request: SignRequest): Promise<Issued>
  /**
   * Judges a request as {@link Authority.sign} does, and tells what would be issued, or which rule refuses and where it
   * stands. Signs, stores and spends nothing.
   *
   * @throws {StoreError}
   */
  explain(request: ExplainRequest): Promise<Explanation>
  /** Renews a certificate with the same key. Throws as {@link Authority.sign}. */
  renew(request: RenewRequest): Promise<Issued>
  /** Renews a certificate with another key. Throws as {@link Authority.sign}. */
  rekey(request: RekeyRequest): Promise<Issued>
  /** Revokes a certificate: it is not renewed again. Throws as {@link Authority.sign}. */
  revoke(request: RevokeRequest): Promise<Revoked>
  /** The provisioners in the order of configuration, as they are shown. */
  provisioners(): readonly ProvisionerListing[]
  /** The sealed private key of a JWK provisioner, by its key's id. */
  findEncryptedKey(kid: string): string | undefined
  /** A root or federated root by its SHA-256 in hexadecimal; case and dashes do not matter. */
  findRoot(fingerprint: string): Certificate | undefined
  /** Issues the server's own certificate: 24 hours, begun a minute ago, not stored. */
  issueServingCertificate(request: ServingCertificateRequest): Promise<Certificate>
}

export interface ServingCertificateRequest {
  readonly subjectPublicKeyInfo: Uint8Array
  readonly commonName: string
  /** DNS names and IP addresses; IPv6 with or without brackets. */
  readonly dnsNames: readonly string[]
}

/**
 * Creates an authority. Provisioners are proven and their keys imported here, once.
 *
 * @throws {TypeError} when a number of seconds is negative or no number, or a date is none: compared with it, no
 * token would be too old. Also when two provisioners have the same name or identity.
 */
export function createAuthority(options: AuthorityOptions): Authority {
  const { issuer, roots, federatedRoots = [], chain = [issuer.certificate] } = options
  assertMeasures(options)
  const provisioners = createProvisioners(options.provisioners, options.claims, {
    subjectDefaults: options.subjectTemplate ?? {},
    templateFiles: options.templateFiles ?? new Map(),
  })
  const state: AuthorityState = {
    issuer,
    chain,
    roots,
    issuingPaths: findIssuingPaths(issuer.certificate, { intermediates: chain, roots }),
    audiences: acceptedAudiences(options.dnsNames),
    provisioners,
    policy: options.policy && createNamePolicy(options.policy, 'authority.policy'),
    backdateSeconds: options.backdateSeconds ?? 60,
    subjectTemplate: options.subjectTemplate ?? {},
    disableIssuedAtCheck: options.disableIssuedAtCheck ?? false,
    maximumTokenLifetimeSeconds: options.maximumTokenLifetimeSeconds ?? 3600,
    renewalAfterExpirySeconds: options.renewalAfterExpirySeconds ?? 30 * 86_400,
    store: options.store,
    revision: options.revision,
    startedAt: options.startedAt ?? options.now(),
    restoredAt: options.restoredAt,
    now: options.now,
    random: options.random,
  }
  const rootByFingerprint = new Map(
    [...roots, ...federatedRoots].map((root) => [certificateFingerprint(root), root]),
  )
  return {
    chain,
    roots,
    federatedRoots,
    provisionerWarnings: provisioners.warnings,
    sign: (request) => sign(state, request),
    explain: (request) => explain(state, request),
    renew: (request) => renew(state, request),
    rekey: (request) => rekey(state, request),
    revoke: (request) => revoke(state, request),
    provisioners: () => provisioners.listings,
    findEncryptedKey: (kid) => provisioners.findEncryptedKey(kid),
    findRoot: (fingerprint) => rootByFingerprint.get(fingerprint.toLowerCase().replaceAll('-', '')),
    issueServingCertificate: (request) => issueServingCertificate(state, request),
  }
}

function assertMeasures(options: AuthorityOptions): void {
  for (const name of secondsOptions) {
    const value = options[name] ?? 0
    if (value >= 0 && Number.isFinite(value)) continue
    throw new TypeError(`${name} is ${value}, not a number of seconds`)
  }
  for (const name of ['startedAt', 'restoredAt'] as const) {
    if (Number.isNaN(options[name]?.getTime())) throw new TypeError(`${name} is not a valid date`)
  }
}

const secondsOptions = [
  'backdateSeconds',
  'maximumTokenLifetimeSeconds',
  'renewalAfterExpirySeconds',
] as const satisfies readonly (keyof AuthorityOptions)[]

async function issueServingCertificate(
  state: AuthorityState,
  { subjectPublicKeyInfo, commonName, dnsNames }: ServingCertificateRequest,
): Promise<Certificate> {
  const now = truncateToSecond(state.now()).getTime()
  const names = {
    subject: createName({ commonName }),
    subjectAltNames: dnsNames.map((name) => guessGeneralName(name.replace(/^\[(.*)\]$/, '$1'))),
  }
  assertNameConstraints(state, names)
  return issue(
    {
      ...names,
      subjectPublicKeyInfo,
      validity: { notBefore: new Date(now - 60_000), notAfter: new Date(now + 86_400_000) },
    },
    leafProfile,
    state.issuer,
    state,
  )
}

import { importVerificationKey, type VerificationKey } from '@mayfly/jwt-tokens'
import type { Certificate, ProvisionerExtension } from '@mayfly/x509-profiles'
import type { ClaimsConfiguration, ResolvedClaims } from './config/claims.ts'
import { findClaimsProblem, listClaims, resolveClaims } from './config/claims.ts'
import { type ClaimsLocation, locateClaims } from './config/claims-location.ts'
import type { JsonObject } from './config/json.ts'
import {
  type ProvisionerConfiguration,
  provisionerIdOf,
  type SupportedProvisioner,
  withoutWebhookSecrets,
} from './config/provisioner.ts'
import { AuthorityError } from './errors.ts'
import { createNamePolicy, type NamePolicy } from './policy.ts'
import {
  createProvisionerTemplate,
  type ProvisionerTemplate,
  type TemplateContext,
} from './provisioner-template.ts'
import { parseX5cRoots } from './x5c-roots.ts'

/** A provisioner in use: what was configured, proven once, with its key imported. */
export type Provisioner = ProvisionerFields & ProvisionerState

/** A provisioner whose tokens are honoured. */
export type ReadyProvisioner = Extract<Provisioner, { status: 'ready' }>

/** A provisioner whose tokens are signed by the key of a certificate. */
export type ReadyX5cProvisioner = Extract<ReadyProvisioner, { kind: 'X5C' }>

interface ProvisionerFields {
  readonly id: string
  readonly name: string
  readonly type: string
  /** JSON path of its object in `ca.json`. */
  readonly path: string
}

type ProvisionerState =
  | ({
      readonly status: 'ready'
      readonly claims: ResolvedClaims
      readonly claimsLocation: ClaimsLocation
      /** Rules of its own about names, beside those of the authority. */
      readonly policy: NamePolicy | undefined
      /** What its certificates hold, where that is not what any leaf holds. */
      readonly template: ProvisionerTemplate | undefined
      readonly extension: ProvisionerExtension
    } & TokenTrust)
  /** Its tokens are not understood, yet certificates that it once issued may be renewed. */
  | {
      readonly status: 'unserved'
      readonly claims: ResolvedClaims
      readonly reason: string
      /** Its template is what is wrong. */
      readonly hasBrokenTemplate?: true
    }
  | { readonly status: 'disabled'; readonly reason: string }

/** Whose signature a token needs. */
type TokenTrust =
  | { readonly kind: 'JWK'; readonly key: VerificationKey }
  | { readonly kind: 'X5C'; readonly roots: readonly Certificate[] }

/** A provisioner as `GET /provisioners` shows it. */
export interface ProvisionerListing {
  /** The identity that cursors are made from; not part of what is shown. */
  readonly id: string
  readonly name: string
  /** The object to show, its members in step's order. */
  readonly document: JsonObject
}

/** A provisioner that cannot be used, and why. */
export interface ProvisionerWarning {
  readonly name: string
  readonly type: string
  readonly reason: string
}

/** The provisioners of an authority, found by token or by certificate. */
export interface Provisioners {
  readonly listings: readonly ProvisionerListing[]
  readonly warnings: readonly ProvisionerWarning[]
  /** By `<name>:<kid>`, the identity that a JWK token names. */
  findByTokenId(id: string): Provisioner | undefined
  /** By `x5c/<name>`, which tokens of such a provisioner have as the fragment of their audience. */
  findByFragment(fragment: string): Provisioner | undefined
  findById(id: string): Provisioner | undefined
  findByName(name: string): Provisioner | undefined
  findEncryptedKey(kid: string): string | undefined
}

/** The numbers of the types in the provisioner extension. */
const extensionTypes = { JWK: 1, X5C: 7 } as const

/**
 * Proves each provisioner and imports its key; one that fails is disabled, never fatal.
 *
 * @throws {TypeError} when two have the same name or identity: nobody could tell whose claims hold. Also for a rule
 * about names that cannot hold.
 */
export function createProvisioners(
  configurations: readonly ProvisionerConfiguration[],
  globalClaims: ClaimsConfiguration | undefined,
  templates: TemplateContext,
): Provisioners {
  const provisioners = configurations.map((each, index) =>
    createProvisioner(each, {
      globalClaims,
      templates,
      path: each.path ?? `authority.provisioners[${index}]`,
    }),
  )
  assertDistinct(provisioners)
  const byId = new Map(provisioners.map((each) => [each.id, each]))
  const byName = new Map(provisioners.map((each) => [each.name, each]))
  const supported = configurations.filter((each) => each.supported)
  const jwk = supported.filter((each) => 'key' in each)
  const x5c = supported.filter((each) => 'roots' in each)
  const byTokenId = new Map(jwk.map(provisionerIdOf).map((id) => [id, byId.get(id)]))
  const byFragment = new Map(x5c.map(provisionerIdOf).map((id) => [id, byId.get(id)]))
  const encryptedKeys = new Map(
    jwk.flatMap(({ key, encryptedKey }) =>
      encryptedKey === undefined ? [] : [[key.kid ?? '', encryptedKey] as const],
    ),
  )
  return {
    listings: configurations.map((each) => listProvisioner(each, byId.get(provisionerIdOf(each)))),
    warnings: provisioners.flatMap((each) =>
      each.status === 'ready' ? [] : [{ name: each.name, type: each.type, reason: each.reason }],
    ),
    findByTokenId: (id) => byTokenId.get(id),
    findByFragment: (fragment) => byFragment.get(fragment),
    findById: (id) => byId.get(id),
    findByName: (name) => byName.get(name),
    findEncryptedKey: (kid) => encryptedKeys.get(kid),
  }
}

function assertDistinct(provisioners: readonly Provisioner[]): void {
  for (const member of ['id', 'name'] as const) {
    const values = provisioners.map((provisioner) => provisioner[member])
    const repeated = values.find((value, index) => values.indexOf(value) !== index)
    if (repeated === undefined) continue
    throw new TypeError(`two provisioners have the same ${member} ${JSON.stringify(repeated)}`)
  }
}

function createProvisioner(
  configuration: ProvisionerConfiguration,
  {
    globalClaims,
    templates,
    path,
  }: {
    readonly globalClaims: ClaimsConfiguration | undefined
    readonly templates: TemplateContext
    readonly path: string
  },
): Provisioner {
  const { name, type } = configuration
  const fields = { id: provisionerIdOf(configuration), name, type, path }
  const claims = resolveClaims(configuration.claims, globalClaims)
  const problem = findClaimsProblem(claims)
  if (problem !== undefined) return { ...fields, status: 'disabled', reason: problem }
  if (!configuration.supported) {
    const reason = `provisioners of type ${type} are not served yet`
    return { ...fields, status: 'unserved', claims, reason }
  }
  if (hasWebhooks(configuration)) {
    const reason = 'options.webhooks: webhooks are not supported yet'
    return { ...fields, status: 'disabled', reason }
  }
  const template = parseTemplate(configuration, templates)
  if (template instanceof AuthorityError) {
    const reason = `options.x509: ${template.message}`
    return { ...fields, status: 'unserved', claims, reason, hasBrokenTemplate: true }
  }
  const claimsLocation = locateClaims(configuration.claims, globalClaims, path)
  const policy = configuration.policy && createNamePolicy(configuration.policy, `${path}.policy`)
  try {
    const trust = importTrust(configuration)
    return { ...fields, status: 'ready', claims, claimsLocation, policy, template, ...trust }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'its key cannot be read'
    return { ...fields, status: 'disabled', reason }
  }
}

function importTrust(
  configuration: SupportedProvisioner,
): TokenTrust & { readonly extension: ProvisionerExtension } {
  const { name } = configuration
  if ('roots' in configuration) {
    const extension = { type: extensionTypes.X5C, name, credentialId: '' }
    return { kind: 'X5C', roots: parseX5cRoots(configuration.roots), extension }
  }
  const { key } = configuration
  const extension = { type: extensionTypes.JWK, name, credentialId: key.kid ?? '' }
  return { kind: 'JWK', key: importVerificationKey(key), extension }
}

/** A webhook may restrict what is issued: without it nothing may be. */
function hasWebhooks({ options }: SupportedProvisioner): boolean {
  const webhooks = options?.webhooks
  return Array.isArray(webhooks) && webhooks.length > 0
}

/** A broken template is no reason to stop the renewals of what was issued by the one before. */
function parseTemplate(
  { options, mayfly }: SupportedProvisioner,
  templates: TemplateContext,
): ProvisionerTemplate | AuthorityError | undefined {
  try {
    const allowsAuthority = mayfly?.allowCertificateAuthority === true
    return createProvisionerTemplate({ options, allowsAuthority }, templates)
  } catch (error) {
    if (error instanceof AuthorityError) return error
    throw error
  }
}

function listProvisioner(
  configuration: ProvisionerConfiguration,
  provisioner: Provisioner | undefined,
): ProvisionerListing {
  const { name } = configuration
  const id = provisionerIdOf(configuration)
  const document = configuration.supported
    ? listSupportedProvisioner(configuration)
    : configuration.document
  const state =
    provisioner === undefined || provisioner.status === 'ready'
      ? {}
      : { state: 'Uninitialized', stateReason: provisioner.reason }
  return { id, name, document: { ...document, ...state } }
}

function listSupportedProvisioner(configuration: SupportedProvisioner): JsonObject {
  const { type, name, claims, options } = configuration
  return withoutWebhookSecrets({
    type,
    name,
    ...listTrust(configuration),
    ...(claims === undefined ? {} : { claims: listClaims(claims) }),
    ...(options === undefined ? {} : { options }),
  })
}

function listTrust(configuration: SupportedProvisioner): JsonObject {
  if ('roots' in configuration) return { roots: configuration.roots }
  const { key, encryptedKey } = configuration
  return encryptedKey === undefined ? { key } : { key, encryptedKey }
}

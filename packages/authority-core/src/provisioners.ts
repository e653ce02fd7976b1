import { importVerificationKey, type VerificationKey } from '@mayfly/jwt-tokens'
import type { ProvisionerExtension } from '@mayfly/x509-profiles'
import type { ClaimsConfiguration, ResolvedClaims } from './config/claims.ts'
import { findClaimsProblem, listClaims, resolveClaims } from './config/claims.ts'
import { isJsonObject, type JsonObject } from './config/json.ts'
import {
  type JwkProvisionerConfiguration,
  type ProvisionerConfiguration,
  provisionerIdOf,
  withoutWebhookSecrets,
} from './config/provisioner.ts'
import { createNamePolicy, type NamePolicy } from './policy.ts'

/** A provisioner in use: what was configured, proven once, with its key imported. */
export type Provisioner = ProvisionerFields & ProvisionerState

/** A provisioner whose tokens are honoured. */
export type ReadyProvisioner = Extract<Provisioner, { status: 'ready' }>

interface ProvisionerFields {
  readonly id: string
  readonly name: string
  readonly type: string
}

type ProvisionerState =
  | {
      readonly status: 'ready'
      readonly claims: ResolvedClaims
      readonly key: VerificationKey
      /** Rules of its own about names, beside those of the authority. */
      readonly policy: NamePolicy | undefined
      readonly extension: ProvisionerExtension
    }
  /** Its tokens are not understood, yet certificates that it once issued may be renewed. */
  | { readonly status: 'unserved'; readonly claims: ResolvedClaims; readonly reason: string }
  | { readonly status: 'disabled'; readonly reason: string }

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
  findById(id: string): Provisioner | undefined
  findByName(name: string): Provisioner | undefined
  findEncryptedKey(kid: string): string | undefined
}

const jwkExtensionType = 1

/**
 * Proves each provisioner and imports its key; one that fails is disabled, never fatal.
 *
 * @throws {TypeError} when two have the same name or identity: nobody could tell whose claims hold. Also for a rule
 * about names that cannot hold.
 */
export function createProvisioners(
  configurations: readonly ProvisionerConfiguration[],
  globalClaims: ClaimsConfiguration | undefined,
): Provisioners {
  const provisioners = configurations.map((each, index) =>
    createProvisioner(each, {
      globalClaims,
      path: each.path ?? `authority.provisioners[${index}]`,
    }),
  )
  assertDistinct(provisioners)
  const byId = new Map(provisioners.map((each) => [each.id, each]))
  const byName = new Map(provisioners.map((each) => [each.name, each]))
  const jwk = configurations.filter((each) => each.supported)
  const byTokenId = new Map(jwk.map(provisionerIdOf).map((id) => [id, byId.get(id)]))
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
    path,
  }: { readonly globalClaims: ClaimsConfiguration | undefined; readonly path: string },
): Provisioner {
  const { name, type } = configuration
  const id = provisionerIdOf(configuration)
  const claims = resolveClaims(configuration.claims, globalClaims)
  const problem = findClaimsProblem(claims)
  if (problem !== undefined) return { id, name, type, status: 'disabled', reason: problem }
  if (!configuration.supported) {
    const reason = `provisioners of type ${type} are not served yet`
    return { id, name, type, status: 'unserved', claims, reason }
  }
  const unkept = findUnkeptOption(configuration)
  if (unkept !== undefined) return { id, name, type, status: 'disabled', reason: unkept }
  const policy = configuration.policy && createNamePolicy(configuration.policy, `${path}.policy`)
  try {
    const key = importVerificationKey(configuration.key)
    const credentialId = configuration.key.kid ?? ''
    const extension = { type: jwkExtensionType, name, credentialId }
    return { id, name, type, status: 'ready', claims, key, policy, extension }
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'its key cannot be read'
    return { id, name, type, status: 'disabled', reason }
  }
}

/** A template or a webhook may restrict what is issued: without it nothing may be. */
function findUnkeptOption({ options }: JwkProvisionerConfiguration): string | undefined {
  const x509 = options?.x509
  const webhooks = options?.webhooks
  if (isJsonObject(x509) && (x509.template || x509.templateFile)) {
    return 'options.x509: templates are not supported yet'
  }
  if (Array.isArray(webhooks) && webhooks.length > 0) {
    return 'options.webhooks: webhooks are not supported yet'
  }
  return undefined
}

function listProvisioner(
  configuration: ProvisionerConfiguration,
  provisioner: Provisioner | undefined,
): ProvisionerListing {
  const { name } = configuration
  const id = provisionerIdOf(configuration)
  const document = configuration.supported
    ? listJwkProvisioner(configuration)
    : configuration.document
  const state =
    provisioner === undefined || provisioner.status === 'ready'
      ? {}
      : { state: 'Uninitialized', stateReason: provisioner.reason }
  return { id, name, document: { ...document, ...state } }
}

function listJwkProvisioner(configuration: JwkProvisionerConfiguration): JsonObject {
  const { type, name, key, encryptedKey, claims, options } = configuration
  return withoutWebhookSecrets({
    type,
    name,
    key,
    ...(encryptedKey === undefined ? {} : { encryptedKey }),
    ...(claims === undefined ? {} : { claims: listClaims(claims) }),
    ...(options === undefined ? {} : { options }),
  })
}

import type { PublicJwk } from '@mayfly/jwt-tokens'
import { z } from 'zod'
import { acmeMembersSchema } from './acme-members.ts'
import { type ClaimsConfiguration, claimsSchema } from './claims.ts'
import { wordIssues } from './issue-words.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { publicJwkSchema } from './json-web-key.ts'
import { type PolicyConfiguration, policySchema } from './policy.ts'

/** A provisioner of `ca.json`: one whose tokens are understood, or one that is only kept and listed. */
export type ProvisionerConfiguration = SupportedProvisioner | UnsupportedProvisioner

/** A provisioner whose tokens are honoured. */
export type SupportedProvisioner = JwkProvisionerConfiguration | X5cProvisionerConfiguration

interface ProvisionerFields {
  /** `type` as written; step compares it without case. */
  readonly type: string
  readonly name: string
  /** JSON path of its object in `ca.json`, where it comes from one. */
  readonly path?: string
  /** Rules of its own about names, beside those of the authority: an addition to step's members. */
  readonly policy?: PolicyConfiguration
  /** Own additions of ours. */
  readonly mayfly?: ProvisionerAdditions
}

/** What a provisioner may have beyond step's members, under `mayfly`. */
interface ProvisionerAdditions {
  /** Lets its template make certificates of certificate authorities. */
  readonly allowCertificateAuthority?: boolean | undefined
}

/** A provisioner whose tokens are signed by a JSON Web Key. */
export interface JwkProvisionerConfiguration extends ProvisionerFields {
  readonly supported: true
  readonly key: PublicJwk
  /** The private key, sealed as a JWE by the provisioner's password. */
  readonly encryptedKey?: string
  readonly claims?: ClaimsConfiguration
  /** Templates and webhooks as written. */
  readonly options?: JsonObject
}

/** A provisioner whose tokens are signed by the key of a certificate, which they carry (`x5c`). */
export interface X5cProvisionerConfiguration extends ProvisionerFields {
  readonly supported: true
  /** What those certificates must chain to: PEM, the whole text in base64. Proven when an authority is created. */
  readonly roots: string
  readonly claims?: ClaimsConfiguration
  /** Templates and webhooks as written. */
  readonly options?: JsonObject
}

/**
 * A provisioner of a type that step knows and this authority does not serve: its tokens are refused,
 * the certificates it once issued are renewed by its claims.
 */
export interface UnsupportedProvisioner extends ProvisionerFields {
  readonly supported: false
  readonly id: string
  readonly claims?: ClaimsConfiguration
  /** The object as listed, without secrets. */
  readonly document: JsonObject
}

/** What {@link provisionerSchema} makes of an entry whose `type` nobody knows. */
export interface UnknownProvisioner {
  readonly unknownType: string
}

const additions = z.strictObject({ allowCertificateAuthority: z.boolean().optional() })

const jwkObject = z.looseObject({
  type: z.string(),
  name: z.string().min(1, 'cannot be empty'),
  key: publicJwkSchema,
  encryptedKey: z.string().nullish(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
  options: z.looseObject({}).nullish(),
  mayfly: additions.nullish(),
})

const x5cObject = z.looseObject({
  type: z.string(),
  name: z.string().min(1, 'cannot be empty'),
  roots: z.string().nullish(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
  options: z.looseObject({}).nullish(),
  mayfly: additions.nullish(),
})

const otherObject = z.looseObject({
  type: z.string(),
  name: z.string().min(1, 'cannot be empty'),
  clientID: z.string().optional(),
  tenantID: z.string().optional(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
})

/** Not served yet, but what is wrong in it is told at once. */
const acmeObject = otherObject.and(acmeMembersSchema)

type OtherObject = z.output<typeof otherObject>

const words = wordIssues(new Map([['key', 'give the public key of the tokens']]))

/** The id of each type that is kept without being served. */
const idByType = new Map<string, (provisioner: OtherObject) => string>([
  ['OIDC', ({ clientID = '' }) => clientID],
  ['GCP', ({ name }) => `gcp/${name}`],
  ['AWS', ({ name }) => `aws/${name}`],
  ['AZURE', ({ tenantID = '' }) => tenantID],
  ['ACME', ({ name }) => `acme/${name}`],
  ['K8SSA', () => 'k8ssa/k8sSA-default'],
  ['SSHPOP', ({ name }) => `sshpop/${name}`],
  ['SCEP', ({ name }) => `scep/${name}`],
  ['NEBULA', ({ name }) => `nebula/${name}`],
])

/** Additions to step's members. Which names are refused is nobody's business outside. */
const unlistedMembers = ['policy', 'mayfly']
const scepSecrets = ['challenge', 'decrypterKeyPEM', 'decrypterKeyPassword', 'decrypterKeyURI']
const webhookSecrets = ['secret', 'bearerToken', 'basicAuth']

const jwkSchema = jwkObject.transform(
  (provisioner): JwkProvisionerConfiguration => ({
    supported: true,
    type: provisioner.type,
    name: provisioner.name,
    key: provisioner.key,
    ...(provisioner.encryptedKey ? { encryptedKey: provisioner.encryptedKey } : {}),
    ...(provisioner.claims ? { claims: provisioner.claims } : {}),
    ...(provisioner.policy ? { policy: provisioner.policy } : {}),
    ...(provisioner.options ? { options: provisioner.options } : {}),
    ...(provisioner.mayfly ? { mayfly: provisioner.mayfly } : {}),
  }),
)

const x5cSchema = x5cObject.transform(
  (provisioner): X5cProvisionerConfiguration => ({
    supported: true,
    type: provisioner.type,
    name: provisioner.name,
    roots: provisioner.roots ?? '',
    ...(provisioner.claims ? { claims: provisioner.claims } : {}),
    ...(provisioner.policy ? { policy: provisioner.policy } : {}),
    ...(provisioner.options ? { options: provisioner.options } : {}),
    ...(provisioner.mayfly ? { mayfly: provisioner.mayfly } : {}),
  }),
)

/**
 * Returns the identity under which a provisioner's certificates are recorded, unique in a configuration, which is also how
 * its tokens name it: `<name>:<kid>` of a JWK provisioner, `x5c/<name>` of an X5C one.
 */
export function provisionerIdOf(provisioner: ProvisionerConfiguration): string {
  if (!provisioner.supported) return provisioner.id
  return 'roots' in provisioner
    ? `x5c/${provisioner.name}`
    : `${provisioner.name}:${provisioner.key.kid ?? ''}`
}

/** One entry of `authority.provisioners`. */
export const provisionerSchema: z.ZodType<ProvisionerConfiguration | UnknownProvisioner> = z
  .looseObject({ type: z.string() })
  .transform((entry, context) => {
    const type = entry.type.toUpperCase()
    const schema = schemaByType.get(type) ?? findKeptSchema(entry, type)
    if (schema === undefined) return { unknownType: entry.type }
    const outcome = schema.safeParse(entry, { error: words })
    if (outcome.success) return outcome.data
    for (const issue of outcome.error.issues) {
      context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
    }
    return z.NEVER
  })

/** Types whose tokens are honoured. */
const schemaByType = new Map<string, z.ZodType<SupportedProvisioner>>([
  ['JWK', jwkSchema],
  ['X5C', x5cSchema],
])

function findKeptSchema(
  entry: JsonObject,
  type: string,
): z.ZodType<UnsupportedProvisioner> | undefined {
  const idOf = idByType.get(type)
  const object = type === 'ACME' ? acmeObject : otherObject
  return idOf && object.transform((other) => keep(entry, other, idOf(other)))
}

function keep(entry: JsonObject, other: OtherObject, id: string): UnsupportedProvisioner {
  const { type, name, claims, policy } = other
  const isScep = type.toUpperCase() === 'SCEP'
  const document = Object.fromEntries(
    Object.entries(entry)
      .filter(([member]) => !unlistedMembers.includes(member))
      .map(([member, value]) => [
        member,
        isScep && scepSecrets.includes(member) && value !== '' ? '*** REDACTED ***' : value,
      ]),
  )
  return {
    supported: false,
    type,
    name,
    id,
    ...(claims ? { claims } : {}),
    ...(policy ? { policy } : {}),
    document: withoutWebhookSecrets(document),
  }
}

/** Returns a copy of a provisioner's object whose `options.webhooks` hold no secrets. */
export function withoutWebhookSecrets(document: JsonObject): JsonObject {
  const { options } = document
  if (!isJsonObject(options) || !Array.isArray(options.webhooks)) return document
  const webhooks = options.webhooks.map((webhook: unknown) =>
    isJsonObject(webhook)
      ? Object.fromEntries(
          Object.entries(webhook).filter(([name]) => !webhookSecrets.includes(name)),
        )
      : webhook,
  )
  return { ...document, options: { ...options, webhooks } }
}

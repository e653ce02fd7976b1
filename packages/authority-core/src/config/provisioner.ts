import type { PublicJwk } from '@mayfly/jwt-tokens'
import { z } from 'zod'
import { type ClaimsConfiguration, claimsSchema } from './claims.ts'
import { wordIssues } from './issue-words.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { publicJwkSchema } from './json-web-key.ts'
import { type PolicyConfiguration, policySchema } from './policy.ts'

/** A provisioner of `ca.json`: one whose tokens are understood, or one that is only kept and listed. */
export type ProvisionerConfiguration = JwkProvisionerConfiguration | UnsupportedProvisioner

interface ProvisionerFields {
  /** `type` as written; step compares it without case. */
  readonly type: string
  readonly name: string
  /** JSON path of its object in `ca.json`, where it comes from one. */
  readonly path?: string
  /** Rules of its own about names, beside those of the authority: an addition to step's members. */
  readonly policy?: PolicyConfiguration
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

const jwkObject = z.looseObject({
  type: z.string(),
  name: z.string().min(1, 'cannot be empty'),
  key: publicJwkSchema,
  encryptedKey: z.string().nullish(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
  options: z.looseObject({}).nullish(),
})

const otherObject = z.looseObject({
  type: z.string(),
  name: z.string().min(1, 'cannot be empty'),
  clientID: z.string().optional(),
  tenantID: z.string().optional(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
})

type OtherObject = z.output<typeof otherObject>

const words = wordIssues(new Map([['key', 'give the public key of the tokens']]))

/** The id of each type that is kept without being served. */
const idByType = new Map<string, (provisioner: OtherObject) => string>([
  ['OIDC', ({ clientID = '' }) => clientID],
  ['GCP', ({ name }) => `gcp/${name}`],
  ['AWS', ({ name }) => `aws/${name}`],
  ['AZURE', ({ tenantID = '' }) => tenantID],
  ['ACME', ({ name }) => `acme/${name}`],
  ['X5C', ({ name }) => `x5c/${name}`],
  ['K8SSA', () => 'k8ssa/k8sSA-default'],
  ['SSHPOP', ({ name }) => `sshpop/${name}`],
  ['SCEP', ({ name }) => `scep/${name}`],
  ['NEBULA', ({ name }) => `nebula/${name}`],
])

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
  }),
)

/**
 * Returns the identity under which a provisioner's certificates are recorded, unique in a configuration;
 * of a JWK provisioner it is `<name>:<kid>`, which is also how its tokens name it.
 */
export function provisionerIdOf(provisioner: ProvisionerConfiguration): string {
  return provisioner.supported ? `${provisioner.name}:${provisioner.key.kid ?? ''}` : provisioner.id
}

/** One entry of `authority.provisioners`. */
export const provisionerSchema: z.ZodType<ProvisionerConfiguration | UnknownProvisioner> = z
  .looseObject({ type: z.string() })
  .transform((entry, context) => {
    const type = entry.type.toUpperCase()
    const idOf = idByType.get(type)
    if (type !== 'JWK' && idOf === undefined) return { unknownType: entry.type }
    const outcome =
      idOf === undefined
        ? jwkSchema.safeParse(entry, { error: words })
        : otherObject
            .transform((other) => keep(entry, other, idOf(other)))
            .safeParse(entry, { error: words })
    if (outcome.success) return outcome.data
    for (const issue of outcome.error.issues) {
      context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
    }
    return z.NEVER
  })

function keep(entry: JsonObject, other: OtherObject, id: string): UnsupportedProvisioner {
  const { type, name, claims, policy } = other
  const isScep = type.toUpperCase() === 'SCEP'
  const document = Object.fromEntries(
    Object.entries(entry)
      // Which names are refused is nobody's business outside.
      .filter(([member]) => member !== 'policy')
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

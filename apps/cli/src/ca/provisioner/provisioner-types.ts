import { acmeMemberNames } from '@mayfly/authority-core/config'
import {
  CommandError,
  flagIncompatibleWithValue,
  flagValueInvalid,
  notOfferedYet,
} from '../../framework/errors.ts'
import { acmeFlags, acmeRemovalFlags } from './acme-flags.ts'
import { jwkFlags } from './jwk-flags.ts'
import { x5cFlags } from './x5c-flags.ts'

/** The types of provisioners that can be added and changed. */
export type ProvisionerType = 'JWK' | 'ACME' | 'X5C'

/**
 * Reads a type, in any case.
 *
 * @throws {CommandError} `flag_invalid` for what is none, `not_offered` for one that step has and Mayfly does not yet.
 */
export function parseProvisionerType(text: string): ProvisionerType {
  const upper = text.toUpperCase()
  const type = offered.find((each) => each === upper)
  if (type !== undefined) return type
  if (later.has(upper)) throw notOfferedYet(`a provisioner of type '${upper}'`)
  throw flagValueInvalid('type', text, {
    detail: 'options are JWK, ACME, OIDC, SSHPOP, K8SSA, NEBULA, SCEP, AWS, GCP, AZURE',
    hint: 'X5C is one, too',
  })
}

/** The type of a provisioner that stands in `ca.json`, if it is one that can be changed. */
export function offeredType(type: unknown): ProvisionerType | undefined {
  const upper = String(type).toUpperCase()
  return offered.find((each) => each === upper)
}

/**
 * Refuses a flag of another type, which would have no effect.
 *
 * @throws {CommandError} `flag_conflict`
 */
export function assertFlagsOfType(
  type: ProvisionerType,
  given: ReadonlySet<string>,
  name?: string,
): void {
  const foreign = offered
    .filter((each) => each !== type)
    .flatMap((each) => flagsByType[each])
    .find((flag) => given.has(flag))
  if (foreign === undefined) return
  if (name === undefined) throw flagIncompatibleWithValue(foreign, 'type', type)
  throw new CommandError(
    'flag_conflict',
    `flag '--${foreign}' is incompatible with provisioner ${name}, which is of type ${type}`,
  )
}

const offered: readonly ProvisionerType[] = ['JWK', 'ACME', 'X5C']

const later: ReadonlySet<string> = new Set([
  'OIDC',
  'SSHPOP',
  'K8SSA',
  'NEBULA',
  'SCEP',
  'AWS',
  'GCP',
  'AZURE',
])

/** A password file may come from the environment, whatever the type. */
const flagsByType: Readonly<Record<ProvisionerType, readonly string[]>> = {
  JWK: Object.keys(jwkFlags).filter((flag) => flag !== 'password-file'),
  ACME: [...Object.keys(acmeFlags), ...Object.keys(acmeRemovalFlags)],
  X5C: Object.keys(x5cFlags),
}

/** The members of a provisioner in the order of the file. */
export const provisionerMembers: readonly string[] = [
  'type',
  'name',
  'key',
  'encryptedKey',
  'roots',
  ...acmeMemberNames,
  'claims',
  'options',
]

/** What step's `add` and `update` have for types that are not offered yet. */
export const laterProvisionerFlags = {
  text: [
    'client-id',
    'client-secret',
    'configuration-endpoint',
    'listen-address',
    'admin',
    'domain',
    'group',
    'tenant-id',
    'capabilities',
    'min-public-key-length',
    'encryption-algorithm-identifier',
    'scep-decrypter-certificate-file',
    'scep-decrypter-key-file',
    'scep-decrypter-key-uri',
    'scep-decrypter-key-password-file',
    'nebula-root',
    'aws-account',
    'azure-tenant',
    'azure-resource-group',
    'azure-audience',
    'azure-subscription-id',
    'azure-object-id',
    'gcp-service-account',
    'gcp-project',
    'gcp-organization',
    'instance-age',
    'iid-roots',
  ],
  boolean: [
    'include-root',
    'exclude-intermediate',
    'disable-custom-sans',
    'disable-trust-on-first-use',
    'disable-tofu',
    'disable-ssh-ca-user',
    'disable-ssh-ca-host',
  ],
} as const

/** What only step's `update` has. */
export const laterUpdateFlags = {
  text: [
    'remove-admin',
    'remove-domain',
    'remove-group',
    'scope',
    'remove-scope',
    'auth-param',
    'remove-auth-param',
    'remove-aws-account',
    'remove-azure-resource-group',
    'remove-azure-subscription-id',
    'remove-azure-object-id',
    'remove-gcp-service-account',
    'remove-gcp-project',
  ],
} as const

import { acmeMemberNames } from './acme-members.ts'
import { claimsMembers } from './claims.ts'
import type { ConfigurationProblem } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { formatPath } from './json-path.ts'
import { findNearest } from './nearest-name.ts'

/** What step documents of `ca.json`, whether it is followed here or not; and our own `mayfly`. */
const topMembers = [
  'root',
  'federatedRoots',
  'crt',
  'key',
  'address',
  'insecureAddress',
  'dnsNames',
  'kms',
  'ssh',
  'logger',
  'db',
  'monitoring',
  'authority',
  'tls',
  'password',
  'templates',
  'commonName',
  'crl',
  'metricsAddress',
  'mayfly',
]

const membersByName = new Map([
  ['logger', ['format', 'traceHeader']],
  ['db', ['type', 'dataSource', 'valueDir', 'database', 'badgerFileLoadingMode']],
  ['tls', ['cipherSuites', 'minVersion', 'maxVersion', 'renegotiation']],
  ['crl', ['enabled', 'generateOnRevoke', 'cacheDuration', 'renewPeriod', 'idpURL']],
])

const authorityMembers = [
  'type',
  'certificateAuthority',
  'certificateAuthorityFingerprint',
  'certificateIssuer',
  'credentialsFile',
  'config',
  'authorityId',
  'deploymentType',
  'provisioners',
  'template',
  'claims',
  'policy',
  'disableIssuedAtCheck',
  'backdate',
  'enableAdmin',
  'disableGetSSHHosts',
]

const provisionerMembers = ['type', 'name', 'claims', 'policy', 'options', 'mayfly']

const cloudMembers = ['disableCustomSANs', 'disableTrustOnFirstUse']

/** What a provisioner of each type holds beyond {@link provisionerMembers}. */
const membersByType = new Map<string, readonly string[]>([
  ['JWK', ['key', 'encryptedKey']],
  ['X5C', ['roots']],
  [
    'OIDC',
    [
      'clientID',
      'clientSecret',
      'configurationEndpoint',
      'tenantID',
      'admins',
      'domains',
      'groups',
      'listenAddress',
      'scopes',
      'authParams',
    ],
  ],
  ['K8SSA', ['publicKeys']],
  ['SSHPOP', []],
  ['NEBULA', ['roots']],
  ['ACME', acmeMemberNames],
  ['AWS', ['accounts', ...cloudMembers, 'imdsVersions', 'instanceAge', 'iidRoots']],
  [
    'GCP',
    [
      'serviceAccounts',
      'projectIDs',
      'organizationID',
      ...cloudMembers,
      'disableSSHCAUser',
      'disableSSHCAHost',
      'instanceAge',
    ],
  ],
  [
    'AZURE',
    ['tenantID', 'resourceGroups', 'subscriptionIDs', 'objectIDs', 'audience', ...cloudMembers],
  ],
  [
    'SCEP',
    [
      'forceCN',
      'challenge',
      'capabilities',
      'includeRoot',
      'excludeIntermediate',
      'minimumPublicKeyLength',
      'decrypterCertificate',
      'decrypterKeyPEM',
      'decrypterKeyURI',
      'decrypterKeyPassword',
      'encryptionAlgorithmIdentifier',
    ],
  ],
])

/** Returns a warning of each member that nobody reads, in the objects whose members step documents. */
export function findUnknownMembers(raw: JsonObject): readonly ConfigurationProblem[] {
  const { authority } = raw
  return [
    ...unknownOf(raw, topMembers, []),
    ...[...membersByName].flatMap(([name, known]) => unknownOf(raw[name], known, [name])),
    ...(isJsonObject(authority) ? unknownOfAuthority(authority) : []),
  ]
}

function unknownOfAuthority(authority: JsonObject): readonly ConfigurationProblem[] {
  const { provisioners, claims } = authority
  return [
    ...unknownOf(authority, authorityMembers, ['authority']),
    ...unknownOf(claims, claimsMembers, ['authority', 'claims']),
    ...(Array.isArray(provisioners) ? provisioners.flatMap(unknownOfProvisioner) : []),
  ]
}

/** A provisioner of an unknown type is skipped as a whole, of which there is a warning already. */
function unknownOfProvisioner(entry: unknown, index: number): readonly ConfigurationProblem[] {
  if (!isJsonObject(entry)) return []
  const own = membersByType.get(String(entry.type).toUpperCase())
  if (own === undefined) return []
  const path = ['authority', 'provisioners', index]
  return [
    ...unknownOf(entry, [...provisionerMembers, ...own], path),
    ...unknownOf(entry.claims, claimsMembers, [...path, 'claims']),
  ]
}

function unknownOf(
  object: unknown,
  known: readonly string[],
  path: readonly PropertyKey[],
): readonly ConfigurationProblem[] {
  if (!isJsonObject(object)) return []
  return Object.entries(object)
    .filter(([name, value]) => !known.includes(name) && !isEmptyList(value))
    .map(([name]) => {
      const nearest = findNearest(name, known)
      const question = nearest === undefined ? '' : ` (did you mean ${nearest}?)`
      const reason = `is not known and has no effect${question}`
      return { path: formatPath([...path, name]), reason }
    })
}

/** Asks for nothing, and `step ca init --helm` writes one itself: `federateRoots`. */
function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

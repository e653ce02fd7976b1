import type { ConfigurationProblem } from './errors.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { formatPath } from './json-path.ts'

/** A `ca.json` in two: what one instance alone goes by, and what all instances on one database share. */
export interface ConfigurationParts {
  readonly local: JsonObject
  /** A partial `ca.json`, the document of a revision. */
  readonly shared: JsonObject
}

/** Members of `authority` that are about one instance. All others are shared, known or not. */
const localAuthorityMembers: readonly string[] = [
  'type',
  'certificateAuthority',
  'certificateAuthorityFingerprint',
  'certificateIssuer',
  'credentialsFile',
  'config',
  'authorityId',
  'deploymentType',
  'enableAdmin',
  'disableGetSSHHosts',
]

const sharedMayflyMembers: readonly string[] = [
  'maximumTokenLifetime',
  'renewalAfterExpiry',
  'retention',
]

/** Objects that hold members of both parts, and which of them are shared. */
const mixed: ReadonlyMap<string, (member: string) => boolean> = new Map([
  ['authority', (member: string) => !localAuthorityMembers.includes(member)],
  ['mayfly', (member: string) => sharedMayflyMembers.includes(member)],
])

/** Top members that are shared as a whole. */
const sharedMembers: readonly string[] = ['crl']

/**
 * Parts the document of a `ca.json`, unknown members included. An object that holds members of both stays in the local
 * part even where it holds nothing else; {@link joinConfiguration} gives the same document again.
 */
export function splitConfiguration(raw: JsonObject): ConfigurationParts {
  const local: [string, unknown][] = []
  const shared: [string, unknown][] = []
  for (const [name, value] of Object.entries(raw)) {
    const isShared = mixed.get(name)
    if (isShared === undefined || !isJsonObject(value)) {
      const part = sharedMembers.includes(name) ? shared : local
      part.push([name, value])
      continue
    }
    const members = Object.entries(value)
    local.push([name, Object.fromEntries(members.filter(([member]) => !isShared(member)))])
    const own = members.filter(([member]) => isShared(member))
    if (own.length > 0) shared.push([name, Object.fromEntries(own)])
  }
  return { local: Object.fromEntries(local), shared: Object.fromEntries(shared) }
}

/** Puts both parts together. Of a member that stands in both, the shared one holds. */
export function joinConfiguration({ local, shared }: ConfigurationParts): JsonObject {
  const merged = Object.entries(local).map(([name, value]) => {
    const other = Object.hasOwn(shared, name) ? shared[name] : undefined
    if (other === undefined) return [name, value]
    return [name, isJsonObject(value) && isJsonObject(other) ? { ...value, ...other } : other]
  })
  const added = Object.entries(shared).filter(([name]) => !Object.hasOwn(local, name))
  return Object.fromEntries([...merged, ...added])
}

/**
 * Returns a problem for each member of the shared part that a `ca.json` holds although that part is kept in the database.
 * One that says nothing passes: step writes such when it rewrites the file.
 */
export function findSharedInFile(raw: JsonObject): readonly ConfigurationProblem[] {
  return listMembers(splitConfiguration(raw).shared)
    .filter(({ value }) => !isEmpty(value))
    .map(({ path }) => ({
      path: formatPath(path),
      reason:
        'is kept in the database ("mayfly.configuration"): remove it here, or move it there with \'mayfly ca config import\'',
    }))
}

/** Returns a problem for each member of a revision's document that no revision may hold. */
export function findLocalInRevision(document: JsonObject): readonly ConfigurationProblem[] {
  const { local } = splitConfiguration(document)
  const misplaced = listMembers(local).map(({ path }) => ({
    path: formatPath(path),
    reason: 'belongs into the ca.json of each instance, no revision may hold it',
  }))
  return [...misplaced, ...findTemplateFiles(document)]
}

/** Where a document names files of templates: the path of each, and the name. */
export function listTemplateFiles(
  document: JsonObject,
): readonly { readonly path: readonly PropertyKey[]; readonly name: string }[] {
  const provisioners = isJsonObject(document.authority) ? document.authority.provisioners : []
  if (!Array.isArray(provisioners)) return []
  return provisioners.flatMap((provisioner: unknown, index) => {
    const options = isJsonObject(provisioner) ? provisioner.options : undefined
    if (!isJsonObject(options)) return []
    return ['x509', 'ssh'].flatMap((kind) => {
      const members = options[kind]
      const name = isJsonObject(members) ? members.templateFile : undefined
      if (typeof name !== 'string' || name === '') return []
      const path = ['authority', 'provisioners', index, 'options', kind, 'templateFile']
      return [{ path, name }]
    })
  })
}

function findTemplateFiles(document: JsonObject): readonly ConfigurationProblem[] {
  return listTemplateFiles(document).map(({ path }) => ({
    path: formatPath(path),
    reason: 'names a file, which other instances need not have: give its text as "template"',
  }))
}

function listMembers(
  part: JsonObject,
): readonly { readonly path: readonly string[]; readonly value: unknown }[] {
  return Object.entries(part).flatMap(([name, value]) => {
    if (!mixed.has(name) || !isJsonObject(value)) return [{ path: [name], value }]
    return Object.entries(value).map(([member, inner]) => ({ path: [name, member], value: inner }))
  })
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

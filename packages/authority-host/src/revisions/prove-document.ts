import { isDeepStrictEqual } from 'node:util'
import { createAuthority, type ProvisionerWarning } from '@mayfly/authority-core'
import {
  type CaConfiguration,
  ConfigurationError,
  isJsonObject,
  type JsonObject,
  parseJoinedConfiguration,
} from '@mayfly/authority-core/config'
import { createMemoryStore } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import { issuerSignerOf } from '../issuer-signer.ts'
import { createKeylessSigner } from '../keyless-signer.ts'
import { loadKeylessParts, sharedPartsOf } from '../load-authority.ts'
import { refusingInvalid } from '../load-configuration.ts'

/** Against what a document is proven. */
export interface ProveOptions {
  /** The file of this instance, with which it is joined. */
  readonly file: CaConfiguration
  /** The document before it: what is broken there already may stay so. */
  readonly former: JsonObject | undefined
  /** What the document is told by in a refusal. */
  readonly source: string
  readonly now: Date
}

/**
 * Loads a document as a server would, by the certificates of this instance and without its key; returns the whole
 * configuration. A server goes on without a provisioner that it cannot use: no revision may bring that about, be it by a
 * member of the provisioner or by one that holds for all.
 *
 * @throws {HostError} `configuration_invalid`, and for certificates that cannot be used.
 */
export async function proveDocument(
  document: JsonObject,
  { file, former, source, now }: ProveOptions,
): Promise<CaConfiguration> {
  const configuration = refusingInvalid(() => parseJoinedConfiguration(file, { document, source }))
  const lost = await findLost(configuration, now)
  if (lost.length === 0) return configuration
  const lostBefore = new Set(former && (await listLostBefore(former, { file, now })))
  const broken = lost.filter(
    ({ name }) =>
      !lostBefore.has(name) ||
      !isDeepStrictEqual(findEntry(document, name), former && findEntry(former, name)),
  )
  if (broken.length > 0) throw brokenProvisioners(broken, { document, source })
  return configuration
}

/** The provisioners of known types that a server would go on without. */
async function findLost(
  configuration: CaConfiguration,
  now: Date,
): Promise<readonly ProvisionerWarning[]> {
  const { certificate, parts } = await loadKeylessParts(configuration, { now })
  const { provisionerWarnings } = createAuthority({
    ...parts,
    ...sharedPartsOf(configuration, new Map()),
    issuer: { certificate, signer: issuerSignerOf(createKeylessSigner(certificate), certificate) },
    store: createMemoryStore(),
    startedAt: now,
    now: () => now,
    random: () => {
      throw new TypeError('proving a configuration draws nothing')
    },
  })
  const supported = new Set(
    configuration.authority.provisioners.filter((each) => each.supported).map(({ name }) => name),
  )
  return provisionerWarnings.filter(({ name }) => supported.has(name))
}

/** The names of those that the document before goes without; one that no server can load loses none that work. */
async function listLostBefore(
  former: JsonObject,
  { file, now }: { readonly file: CaConfiguration; readonly now: Date },
): Promise<readonly string[]> {
  try {
    const configuration = parseJoinedConfiguration(file, { document: former, source: 'before' })
    return (await findLost(configuration, now)).map(({ name }) => name)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return []
  }
}

function brokenProvisioners(
  broken: readonly ProvisionerWarning[],
  { document, source }: { readonly document: JsonObject; readonly source: string },
): HostError {
  const problems = broken.map(({ name, reason }) => {
    const index = listProvisioners(document).findIndex((entry) => nameOf(entry) === name)
    return `authority.provisioners[${index}]: "${name}" could not be used: ${reason}`
  })
  return new HostError('configuration_invalid', `${source}: ${problems.join('; ')}`)
}

function findEntry(document: JsonObject, name: string): unknown {
  return listProvisioners(document).find((entry) => nameOf(entry) === name)
}

function listProvisioners({ authority }: JsonObject): readonly unknown[] {
  const provisioners = isJsonObject(authority) ? authority.provisioners : []
  return Array.isArray(provisioners) ? provisioners : []
}

function nameOf(entry: unknown): unknown {
  return isJsonObject(entry) ? entry.name : undefined
}

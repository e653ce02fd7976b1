import {
  type CaConfiguration,
  findClaimsProblem,
  type JsonObject,
  parseFileConfiguration,
  resolveClaims,
} from '@mayfly/authority-core/config'
import { readInput } from '../../files/input-file.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportFact, reportLine } from '../../framework/report.ts'
import { type ConfigurationInvocation, locateConfiguration } from './configuration-file.ts'
import { objectMember } from './members.ts'

/** The provisioners of a CA where it keeps them: in its `ca.json`, or in the database that its instances share. */
export interface KeptProvisioners extends AsyncDisposable {
  /** As they were when they were opened. */
  readonly present: readonly unknown[]
  /**
   * Changes them, and tells when the CA takes the change in. `change` is called anew with what stands when others write
   * at the same time. `check` names a provisioner that must work afterwards.
   *
   * @throws {HostError} when they cannot be changed or would be no configuration any more.
   * @throws {CommandError} `provisioner_unfit` when the provisioner would not be usable.
   */
  change(change: ProvisionersChange, check?: ProvisionerCheck): Promise<void>
}

/** Makes the new list of the present one. */
type ProvisionersChange = (provisioners: readonly unknown[]) => readonly unknown[]

/** A provisioner that must be usable; `failure` stands before why it is not. */
export interface ProvisionerCheck {
  readonly name: string
  readonly failure: string
}

/**
 * Finds the provisioners to change, and tells where they are kept.
 *
 * @throws {CommandError} as {@link locateConfiguration}
 * @throws {ConfigurationError} when the file is no configuration.
 * @throws {HostError} when the shared configuration cannot be read.
 */
export async function openProvisioners(
  invocation: ConfigurationInvocation & { readonly home: string },
): Promise<KeptProvisioners> {
  const { io } = invocation
  const path = await locateConfiguration(invocation)
  const text = (await readInput(io, path)).toString()
  const configuration = parseFileConfiguration(text, { source: path })
  if (configuration.mayfly.configuration === 'database') {
    const { openSharedProvisioners } = await import('./shared-provisioners.ts')
    return await openSharedProvisioners(invocation, path)
  }
  reportFact(io, 'CA Configuration', path)
  reportLine(io, '')
  const { openFileProvisioners } = await import('./file-provisioners.ts')
  return openFileProvisioners(io, { path, document: configuration.raw })
}

/** The provisioners of the document of a `ca.json`, whatever they are. */
export function listProvisioners(document: JsonObject): readonly unknown[] {
  const { provisioners } = objectMember(document, 'authority')
  return Array.isArray(provisioners) ? provisioners : []
}

/** A document with other provisioners. */
export function withProvisioners(
  document: JsonObject,
  provisioners: readonly unknown[],
): JsonObject {
  return { ...document, authority: { ...objectMember(document, 'authority'), provisioners } }
}

/** The server would disable it, and go on without. */
export function assertUsable(
  { authority }: Pick<CaConfiguration, 'authority'>,
  { name, failure }: ProvisionerCheck,
): void {
  const provisioner = authority.provisioners.find((each) => each.name === name)
  const problem = findClaimsProblem(resolveClaims(provisioner?.claims, authority.claims))
  if (problem === undefined) return
  throw new CommandError(
    'provisioner_unfit',
    `${failure}: error validating configuration for provisioner ${JSON.stringify(name)}: ${problem}`,
  )
}

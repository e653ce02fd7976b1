import type { JsonObject } from '@mayfly/authority-core/config'
import { CommandError } from '../../framework/errors.ts'
import { asObject } from './members.ts'

/**
 * Finds a provisioner in the list of a `ca.json`.
 *
 * @throws {CommandError} `provisioner_unfit` when there is none of that name.
 */
export function findProvisioner(provisioners: readonly unknown[], name: string): JsonObject {
  return asObject(provisioners[indexOfProvisioner(provisioners, name)])
}

/** Where {@link findProvisioner} finds it. */
export function indexOfProvisioner(provisioners: readonly unknown[], name: string): number {
  const index = provisioners.findIndex((each) => asObject(each).name === name)
  if (index !== -1) return index
  const names = provisioners.map((each) => String(asObject(each).name))
  throw new CommandError(
    'provisioner_unfit',
    `error loading provisioner: provisioner ${name} not found`,
    { hint: names.length === 0 ? 'there is none' : `there are: ${names.join(', ')}` },
  )
}

/**
 * Refuses a name that another provisioner has; `failure` stands before why.
 *
 * @throws {CommandError} `provisioner_unfit`
 */
export function assertNewName(
  provisioners: readonly unknown[],
  name: string,
  failure: string,
): void {
  if (!provisioners.some((each) => asObject(each).name === name)) return
  throw new CommandError(
    'provisioner_unfit',
    `${failure}: provisioner with name ${name} already exists`,
  )
}

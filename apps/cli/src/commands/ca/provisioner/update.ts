import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '@mayfly/authority-core/config'
import { draftFlags, signingFlags } from '../../../ca/configuration/shared.ts'
import { connectionFlags } from '../../../ca/connection.ts'
import { acmeFlags, acmeRemovalFlags, loadAcmeMembers } from '../../../ca/provisioner/acme-flags.ts'
import { claimsFlags, updatedClaims } from '../../../ca/provisioner/claims-flags.ts'
import { configurationFlags } from '../../../ca/provisioner/configuration-file.ts'
import { jwkFlags, loadUpdatedKey } from '../../../ca/provisioner/jwk-flags.ts'
import { openProvisioners } from '../../../ca/provisioner/kept-provisioners.ts'
import { objectMember, withMembers } from '../../../ca/provisioner/members.ts'
import {
  assertNewName,
  findProvisioner,
  indexOfProvisioner,
} from '../../../ca/provisioner/named-provisioner.ts'
import {
  assertFlagsOfType,
  laterProvisionerFlags,
  laterUpdateFlags,
  offeredType,
  type ProvisionerType,
  provisionerMembers,
} from '../../../ca/provisioner/provisioner-types.ts'
import { loadTemplates, templateFlags } from '../../../ca/provisioner/template-flags.ts'
import { loadX5cMembers, x5cFlags } from '../../../ca/provisioner/x5c-flags.ts'
import {
  type CommandDefinition,
  defineCommand,
  type Invocation,
} from '../../../framework/command-definition.ts'
import { CommandError, flagValueInvalid, notOfferedYet } from '../../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../../framework/not-offered.ts'

const later = notOfferedFlags({
  text: [...laterProvisionerFlags.text, ...laterUpdateFlags.text],
  boolean: laterProvisionerFlags.boolean,
})

const flags = {
  name: {
    type: 'text',
    value: 'name',
    help: 'The new name. Certificates that were issued under the old one are renewed no longer.',
  },
  ...jwkFlags,
  ...acmeFlags,
  ...acmeRemovalFlags,
  ...x5cFlags,
  ...templateFlags,
  ...claimsFlags,
  ...connectionFlags,
  ...configurationFlags,
  ...signingFlags,
  ...draftFlags,
  ...later,
} as const

export const command: CommandDefinition = defineCommand({
  usage: '<name>',
  summary: 'update a provisioner',
  description:
    'mayfly ca provisioner update changes a provisioner in the configuration of the CA. Only what flags are given for changes; an empty value takes a setting away, lists are added to.',
  example:
    '$ mayfly ca provisioner update admin --x509-default-dur 48h --x509-max-dur 72h\n$ mayfly ca provisioner update admin --x509-template ""\n$ mayfly ca provisioner update admin --create --name operations',
  completes: 'provisioners',
  positional: { minimum: 1, maximum: 1 },
  flags,
  async run(invocation) {
    const { positional, flags: values, given } = invocation
    const [name = ''] = positional
    refuseNotOffered(values, later)
    if (given.has('name') && values.name === undefined) throw flagValueInvalid('name', '')
    await using kept = await openProvisioners(invocation)
    const present = findProvisioner(kept.present, name)
    const updated = await loadUpdate(invocation, present)
    const newName = values.name ?? name
    const failure = 'error updating provisioner'
    await kept.change(
      (provisioners) => {
        const index = indexOfProvisioner(provisioners, name)
        assertUnchanged(provisioners[index], present, name)
        if (newName !== name) assertNewName(provisioners, newName, failure)
        return provisioners.with(index, updated)
      },
      { name: newName, failure },
    )
    return 0
  },
})

/** What was asked of the user meanwhile belongs to the provisioner as it was. */
function assertUnchanged(found: unknown, expected: JsonObject, name: string): void {
  if (isDeepStrictEqual(found, expected)) return
  throw new CommandError(
    'provisioner_unfit',
    `error updating provisioner: provisioner ${name} was changed meanwhile`,
    { hint: 'nothing was written; look at the change and try again' },
  )
}

async function loadUpdate(
  invocation: Invocation<typeof flags>,
  present: JsonObject,
): Promise<JsonObject> {
  const { io, flags: values, given } = invocation
  const type = offeredType(present.type)
  if (type === undefined) throw notOfferedYet(`a provisioner of type '${String(present.type)}'`)
  assertFlagsOfType(type, given, String(present.name))
  const withTemplates = await loadTemplates(io, values, given)
  const changes: Record<string, unknown> = { ...(await loadMembers(type, invocation, present)) }
  if (values.name !== undefined) changes.name = values.name
  const [claims, options] = [objectMember(present, 'claims'), objectMember(present, 'options')]
  const newClaims = updatedClaims(claims, values, given)
  const newOptions = withTemplates(options)
  if (!isDeepStrictEqual(newClaims, claims)) changes.claims = newClaims
  if (!isDeepStrictEqual(newOptions, options)) changes.options = newOptions
  return withMembers(present, changes, provisionerMembers)
}

async function loadMembers(
  type: ProvisionerType,
  { io, flags: values, given }: Invocation<typeof flags>,
  present: JsonObject,
): Promise<JsonObject> {
  switch (type) {
    case 'JWK':
      return await loadUpdatedKey(io, values, given, present)
    case 'ACME':
      return await loadAcmeMembers(io, values, given, present)
    case 'X5C':
      return given.has('x5c-roots') ? await loadX5cMembers(io, values) : {}
  }
}

import type { JsonObject } from '@mayfly/authority-core/config'
import { draftFlags, signingFlags } from '../../../ca/configuration/shared.ts'
import { connectionFlags } from '../../../ca/connection.ts'
import { acmeFlags, loadAcmeMembers } from '../../../ca/provisioner/acme-flags.ts'
import { claimsFlags, newClaims } from '../../../ca/provisioner/claims-flags.ts'
import { configurationFlags } from '../../../ca/provisioner/configuration-file.ts'
import { jwkFlags, loadNewKey } from '../../../ca/provisioner/jwk-flags.ts'
import { openProvisioners } from '../../../ca/provisioner/kept-provisioners.ts'
import { withMembers } from '../../../ca/provisioner/members.ts'
import { assertNewName } from '../../../ca/provisioner/named-provisioner.ts'
import {
  assertFlagsOfType,
  laterProvisionerFlags,
  type ProvisionerType,
  parseProvisionerType,
  provisionerMembers,
} from '../../../ca/provisioner/provisioner-types.ts'
import { loadTemplates, templateFlags } from '../../../ca/provisioner/template-flags.ts'
import { loadX5cMembers, x5cFlags } from '../../../ca/provisioner/x5c-flags.ts'
import {
  type CommandDefinition,
  defineCommand,
  type Invocation,
} from '../../../framework/command-definition.ts'
import { notOfferedFlags, refuseNotOffered } from '../../../framework/not-offered.ts'

const later = notOfferedFlags(laterProvisionerFlags)

const flags = {
  type: {
    type: 'text',
    value: 'type',
    options: ['JWK', 'ACME', 'X5C'],
    help: 'The type of the provisioner: JWK, ACME or X5C; JWK if left out.',
  },
  ...jwkFlags,
  ...acmeFlags,
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
  summary: 'add a provisioner to the CA configuration',
  description:
    'mayfly ca provisioner add puts a provisioner into the configuration of the CA: somebody who may ask for certificates. JWK provisioners have a key whose holder makes tokens, X5C provisioners take tokens signed by the holders of certificates, ACME provisioners serve ACME clients, once that is offered.',
  example:
    '$ mayfly ca provisioner add cicd --create --x509-default-dur 48h --x509-max-dur 72h\n$ mayfly ca provisioner add acme --type ACME\n$ mayfly ca provisioner add devices --type X5C --x5c-roots root_ca.crt',
  positional: { minimum: 1, maximum: 1 },
  flags,
  async run(invocation) {
    const [name = ''] = invocation.positional
    const provisioner = await loadProvisioner(invocation, name)
    await using kept = await openProvisioners(invocation)
    const failure = 'error storing provisioner'
    await kept.change(
      (provisioners) => {
        assertNewName(provisioners, name, failure)
        return [...provisioners, provisioner]
      },
      { name, failure },
    )
    return 0
  },
})

async function loadProvisioner(
  invocation: Invocation<typeof flags>,
  name: string,
): Promise<JsonObject> {
  const { io, flags: values, given } = invocation
  const type = parseProvisionerType(values.type ?? 'JWK')
  refuseNotOffered(values, later)
  assertFlagsOfType(type, given)
  const withTemplates = await loadTemplates(io, values, given)
  const claims = newClaims(values)
  const options = withTemplates({ x509: {}, ssh: {} })
  const members = await loadMembers(type, invocation)
  return withMembers({ type, name, claims, options }, members, provisionerMembers)
}

async function loadMembers(
  type: ProvisionerType,
  { io, flags: values, given }: Invocation<typeof flags>,
): Promise<JsonObject> {
  switch (type) {
    case 'JWK':
      return await loadNewKey(io, values, given)
    case 'ACME':
      return await loadAcmeMembers(io, values, given)
    case 'X5C':
      return await loadX5cMembers(io, values)
  }
}

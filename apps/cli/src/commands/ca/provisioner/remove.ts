import { draftFlags, signingFlags } from '../../../ca/configuration/shared.ts'
import { connectionFlags } from '../../../ca/connection.ts'
import { configurationFlags } from '../../../ca/provisioner/configuration-file.ts'
import { openProvisioners } from '../../../ca/provisioner/kept-provisioners.ts'
import { indexOfProvisioner } from '../../../ca/provisioner/named-provisioner.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<name>',
  summary: 'remove a provisioner from the CA configuration',
  description:
    'mayfly ca provisioner remove takes a provisioner out of the configuration of the CA. Its tokens are refused from then on, and the certificates that it issued are renewed no longer; they stay good until they expire.',
  example: '$ mayfly ca provisioner remove acme',
  completes: 'provisioners',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    ...connectionFlags,
    ...configurationFlags,
    ...signingFlags,
    ...draftFlags,
    force: {
      type: 'boolean',
      aliases: ['f'],
      environment: 'F',
      help: 'Remove even the last provisioner.',
    },
  },
  async run(invocation) {
    const { positional, flags } = invocation
    const [name = ''] = positional
    await using kept = await openProvisioners(invocation)
    await kept.change((provisioners) => {
      const index = indexOfProvisioner(provisioners, name)
      if (provisioners.length === 1 && !flags.force) throw lastOne(name)
      return provisioners.toSpliced(index, 1)
    })
    return 0
  },
})

function lastOne(name: string): CommandError {
  return new CommandError(
    'provisioner_unfit',
    `error removing provisioner: ${name} is the last one, and without any nobody gets a certificate`,
    { hint: 'add another one first, or use --force' },
  )
}

import { makeConfigurationKey } from '../../../ca/configuration/new-configuration-key.ts'
import { sharedConfigurationFlags, signingFlags } from '../../../ca/configuration/shared.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { reportLine } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'make the key that signs revisions',
  description:
    'mayfly ca config key makes the key pair by which the instances of a CA know a revision of the shared configuration from one that somebody wrote into the database. The private key stays, encrypted, where the configuration is changed; each instance needs the public key.',
  example: '$ mayfly ca config key --configuration-password-file password.txt',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...sharedConfigurationFlags,
    ...signingFlags,
    force: {
      type: 'boolean',
      aliases: ['f'],
      environment: 'F',
      help: 'Replace a key that is there. Revisions signed by it are refused from then on.',
    },
  },
  async run(invocation) {
    await makeConfigurationKey(invocation, invocation.flags)
    reportLine(invocation.io, 'Copy the public key to the same place on every other instance.')
    return 0
  },
})

import {
  type MadeConfigurationKey,
  makeConfigurationKey,
} from '../../../ca/configuration/new-configuration-key.ts'
import { sharedConfigurationFlags, signingFlags } from '../../../ca/configuration/shared.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { reportLine } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'make the key that signs revisions',
  description:
    'mayfly ca config key makes the key pair by which the instances of a CA know a revision of the shared configuration from one that somebody wrote into the database. The private key stays, encrypted, where the configuration is changed; each instance needs the public key. For another key beside one that is in use, --key and --public-key say where it goes.',
  example:
    '$ mayfly ca config key --configuration-password-file password.txt\n$ mayfly ca config key --key next_key --public-key next_key.pub --configuration-password-file password.txt',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...sharedConfigurationFlags,
    ...signingFlags,
    key: {
      type: 'text',
      value: 'file',
      environment: false,
      help: 'Where the private key goes, if not where the configuration has it.',
    },
    'public-key': {
      type: 'text',
      value: 'file',
      environment: false,
      help: 'Where the public key goes, if not where the configuration has it.',
    },
    force: {
      type: 'boolean',
      aliases: ['f'],
      environment: 'F',
      help: 'Replace a key that is there. Revisions signed by it are refused from then on.',
    },
  },
  async run(invocation) {
    const { io, flags } = invocation
    const { key, 'public-key': publicKey, force } = flags
    if ((key === undefined) !== (publicKey === undefined)) {
      const [given, missing] = key === undefined ? ['public-key', 'key'] : ['key', 'public-key']
      throw new CommandError('flag_missing', `flag '--${given}' requires the '--${missing}' flag`)
    }
    const made = await makeConfigurationKey(invocation, {
      force,
      keyPath: key,
      publicKeyPath: publicKey,
    })
    reportLine(
      io,
      key === undefined
        ? 'Copy the public key to the same place on every other instance.'
        : describeRotation(made),
    )
    return 0
  },
})

/** Revisions by the former key are to be believed until the last instance believes those by the new one. */
function describeRotation({ keyPath, publicKeyPath }: MadeConfigurationKey): string {
  return `To sign revisions by this key from now on:
1. copy the public key to every instance, add ${JSON.stringify(publicKeyPath)} to the list "configurationPublicKey" in the member "mayfly" of its ca.json, beside the former one, and reload it;
2. when each has it, name the private key here: "configurationKey": ${JSON.stringify(keyPath)}.`
}

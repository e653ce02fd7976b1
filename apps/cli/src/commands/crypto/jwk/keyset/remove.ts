import { type CommandDefinition, defineCommand } from '../../../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../../../framework/errors.ts'
import { updateKeySetFile } from './key-set-file.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<jwks-file> --kid=<kid>',
  summary: 'remove a JWK from a JWK Set',
  description:
    'mayfly crypto jwk keyset remove takes every key with the id --kid out of the set in <jwks-file>.',
  example: '$ mayfly crypto jwk keyset remove keys.json --kid one',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    kid: { type: 'text', value: 'kid', help: "The key's id." },
  },
  async run({ command: name, positional: [path = ''], flags, io }) {
    const { kid } = flags
    if (kid === undefined) throw flagRequiredByCommand(name, 'kid')
    await updateKeySetFile(io, path, (keys) => keys.filter((key) => key.kid !== kid))
    return 0
  },
})

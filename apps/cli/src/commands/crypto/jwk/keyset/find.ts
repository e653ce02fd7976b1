import { type CommandDefinition, defineCommand } from '../../../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../../../framework/errors.ts'
import { printableJson } from '../../../../framework/printable.ts'
import { writeResult } from '../../../../framework/report.ts'
import { loadKeySetFile } from './key-set-file.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<jwks-file> --kid=<kid>',
  summary: 'find a JWK in a JWK Set',
  description:
    'mayfly crypto jwk keyset find prints every key with the id --kid of the set in <jwks-file>; nothing if there is none.',
  example: '$ mayfly crypto jwk keyset find keys.json --kid one',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    kid: { type: 'text', value: 'kid', help: "The key's id." },
  },
  async run({ command: name, positional: [path = ''], flags, io }) {
    const { kid } = flags
    if (kid === undefined) throw flagRequiredByCommand(name, 'kid')
    for (const key of (await loadKeySetFile(io, path)).filter((each) => each.kid === kid)) {
      writeResult(io, `${printableJson(JSON.stringify(key, undefined, 2))}\n`)
    }
    return 0
  },
})

import { toggleSerialization } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'swap serialization format of JWS and JWE data',
  description:
    'mayfly crypto jose format reads a JWS or a JWE from standard input and prints the compact form as JSON, and JSON as the compact form.',
  example: '$ mayfly crypto jws sign foo.txt --key foo.key | mayfly crypto jose format',
  positional: { minimum: 0, maximum: 0 },
  flags: {},
  async run({ io }) {
    writeResult(io, `${toggleSerialization((await readInput(io, '-')).toString())}\n`)
    return 0
  },
})

import { formatJwsJson, verifyJwsText } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'

export const command: CommandDefinition = defineCommand({
  usage: '--key=<file>',
  summary: 'verify a signed JWS data structure and return the payload',
  description:
    'mayfly crypto jws verify reads a compact JWS from standard input, verifies its signature and prints its payload.',
  example:
    '$ mayfly crypto jws sign foo.txt --key foo.key | mayfly crypto jws verify --key foo.key',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    alg: {
      type: 'text',
      value: 'algorithm',
      aliases: ['algorithm'],
      help: 'The algorithm it must be signed with, when the key does not say.',
    },
    ...toolKeyFlags,
    jwks: { type: 'text', value: 'file', help: 'A JWK Set that holds the key.' },
    kid: {
      type: 'text',
      value: 'kid',
      help: "The key's id in --jwks; that of the JWS if left out.",
    },
    json: { type: 'boolean', help: 'Print header, payload and signature as a JSON object.' },
    insecure: { type: 'boolean', hidden: true, help: 'Changes nothing.' },
  },
  async run({ flags, io }) {
    const [text = ''] = (await readInput(io, '-')).toString().split('\n')
    const keys = await loadToolKeys(io, flags)
    const jws = await verifyJwsText({ ...keys, text, algorithm: flags.alg })
    writeResult(io, flags.json ? `${formatJwsJson(jws)}\n` : jws.payload)
    return 0
  },
})

import { verifyJwt } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'verify a signed JWT data structure and return the payload',
  description:
    'mayfly crypto jwt verify reads a token from standard input, verifies its signature and its standard claims with no leeway, and prints what it says.',
  example:
    '$ echo $TOKEN | mayfly crypto jwt verify --key p.json --iss admin --aud https://ca.internal/1.0/sign',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    iss: { type: 'text', value: 'issuer', aliases: ['issuer'], help: 'Who must have made it.' },
    aud: { type: 'text', value: 'audience', aliases: ['audience'], help: 'Whom it must be for.' },
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
      help: "The key's id in --jwks; the token's own if left out.",
    },
    subtle: { type: 'boolean', hidden: true, help: 'Allows leaving out --iss and --aud.' },
    'no-exp-check': { type: 'boolean', hidden: true, help: 'Accepts an expired token.' },
    insecure: { type: 'boolean', hidden: true, help: 'Allows --no-exp-check.' },
  },
  async run({ flags, io }) {
    const [token = ''] = (await readInput(io, '-')).toString().split('\n')
    const printed = await verifyJwt({
      token,
      issuer: flags.iss,
      audience: flags.aud,
      algorithm: flags.alg,
      ...(await loadToolKeys(io, flags)),
      subtle: flags.subtle,
      insecure: flags.insecure,
      noExpiryCheck: flags['no-exp-check'],
      now: io.now(),
    })
    writeResult(io, `${printed}\n`)
    return 0
  },
})

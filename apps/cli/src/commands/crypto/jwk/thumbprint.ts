import { jwkThumbprint } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { writeResult } from '../../../framework/report.ts'
import { openJwkText } from '../../../keys/jwk-input.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'compute thumbprint for a JWK',
  description:
    'mayfly crypto jwk thumbprint reads a JWK or a JWE from standard input and prints its SHA-256 thumbprint (RFC 7638) in base64url.',
  example: '$ mayfly crypto jwk thumbprint < p.json',
  positional: { minimum: 0, maximum: 0 },
  flags: keyPasswordFlag,
  async run({ flags, io }) {
    const jwk = await openJwkText(io, (await readInput(io, '-')).toString(), {
      label: 'Please enter the password to decrypt your private JWK',
      passwordFile: flags['password-file'],
    })
    writeResult(io, `${jwkThumbprint(jwk)}\n`)
    return 0
  },
})

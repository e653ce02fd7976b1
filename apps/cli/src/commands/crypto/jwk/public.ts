import { publicJwkOf } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { writeResult } from '../../../framework/report.ts'
import { openJwkText } from '../../../keys/jwk-input.ts'
import { encodeJwk } from '../../../keys/jwk-json.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'
import { isSecretJwk } from '../../../keys/key-text.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'extract a public JSON Web Key (JWK) from a private JWK',
  description:
    'mayfly crypto jwk public reads a JWK or a JWE from standard input and prints its public half; of an oct key, which has none, the key itself.',
  example: '$ mayfly crypto jwk public < p.json',
  positional: { minimum: 0, maximum: 0 },
  flags: keyPasswordFlag,
  async run({ flags, io }) {
    const jwk = await openJwkText(io, (await readInput(io, '-')).toString(), {
      label: 'Please enter the password to decrypt your private JWK',
      passwordFile: flags['password-file'],
    })
    writeResult(io, `${encodeJwk(isSecretJwk(jwk) ? jwk : publicJwkOf(jwk))}\n`)
    return 0
  },
})

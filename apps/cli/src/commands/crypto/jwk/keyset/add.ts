import { readInput } from '../../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../../framework/command-definition.ts'
import { openJwkText } from '../../../../keys/jwk-input.ts'
import { encodeJwk } from '../../../../keys/jwk-json.ts'
import { keyPasswordFlag } from '../../../../keys/key-password-flag.ts'
import { kindOfKeyText } from '../../../../keys/key-text.ts'
import { type KeySetEntry, updateKeySetFile } from './key-set-file.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<jwks-file>',
  summary: 'add a JWK to a JWK Set',
  description:
    'mayfly crypto jwk keyset add reads a JWK or a JWE from standard input and adds it to the set in <jwks-file>, which is made where it is missing.',
  example: '$ mayfly crypto jwk keyset add keys.json < p.json',
  positional: { minimum: 1, maximum: 1 },
  flags: keyPasswordFlag,
  async run({ positional: [path = ''], flags, io }) {
    const text = (await readInput(io, '-')).toString()
    const jwk = await openJwkText(io, text, {
      label: 'Please enter the password to decrypt JWK',
      passwordFile: flags['password-file'],
    })
    // Of a key in the clear all members are kept, such as its certificates.
    const entry: KeySetEntry = JSON.parse(
      kindOfKeyText(text, 'JWK') === 'jwk' ? text : encodeJwk(jwk),
    )
    await updateKeySetFile(io, path, (keys) => [...keys, entry])
    return 0
  },
})

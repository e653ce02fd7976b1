import {
  compactSerializationOf,
  type DecryptionKey,
  decryptJwe,
  isPasswordJwe,
  type Jwk,
} from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { askPassword, loadFirstPassword } from '../../../files/password.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import type { Io } from '../../../io.ts'
import { isPrivateJwk, isSecretJwk } from '../../../keys/key-text.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'
import { selectJwk } from './tool-jwk.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'verify a JWE and decrypt ciphertext',
  description:
    'mayfly crypto jwe decrypt reads a JWE, compact or JSON, from standard input and prints what it holds.',
  example:
    '$ mayfly crypto jwe encrypt --key foo.pub < foo.txt | mayfly crypto jwe decrypt --key foo.key',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...toolKeyFlags,
    'password-file': {
      type: 'text',
      value: 'file',
      help: 'The file with the password of the JWE, or of --key; asked for if left out.',
    },
  },
  async run({ flags, io }) {
    const compact = compactSerializationOf((await readInput(io, '-')).toString())
    const key = isPasswordJwe(compact)
      ? await passwordKey(io, flags)
      : { jwk: assertDecrypting(selectJwk(await loadToolKeys(io, flags))) }
    writeResult(io, await decryptJwe(compact, key))
    return 0
  },
})

async function passwordKey(
  io: Io,
  flags: {
    readonly key: string | undefined
    readonly jwks: string | undefined
    readonly 'password-file': string | undefined
  },
): Promise<DecryptionKey> {
  for (const flag of ['key', 'jwks'] as const) {
    if (flags[flag] === undefined) continue
    throw new CommandError(
      'flag_conflict',
      `flag '--${flag}' cannot be used with a JWE that a password opens`,
    )
  }
  const password = await loadFirstPassword(io, [flags['password-file']])
  if (password !== undefined) return { password }
  return {
    password: await askPassword(io, {
      label: 'Please enter the password to decrypt the content encryption key',
      what: 'the password of the JWE',
      flag: 'password-file',
    }),
  }
}

function assertDecrypting(jwk: Jwk): Jwk {
  if (!isPrivateJwk(jwk) && !isSecretJwk(jwk)) {
    throw new CommandError('key_unfit', 'cannot use a public key for decryption')
  }
  if (jwk.use !== 'sig') return jwk
  throw new CommandError(
    'key_unfit',
    "invalid jwk use: found 'sig' (signature), expecting 'enc' (encryption)",
  )
}

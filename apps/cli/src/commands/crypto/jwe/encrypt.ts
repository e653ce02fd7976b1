import {
  contentEncryptionAlgorithms,
  type EncryptionKey,
  encryptJwe,
  flattenedOf,
  keyManagementAlgorithms,
} from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { askPassword, loadFirstPassword } from '../../../files/password.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import {
  CommandError,
  flagsMutuallyExclusive,
  flagValueInvalid,
} from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import type { Io } from '../../../io.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'
import { selectJwk } from './tool-jwk.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'encrypt a payload using JSON Web Encryption (JWE)',
  description:
    'mayfly crypto jwe encrypt reads data from standard input and prints it encrypted, as JSON on one line: for the owner of --key, or with --alg PBES2-HS256+A128KW for who knows a password.',
  example: '$ mayfly crypto jwe encrypt --key foo.pub < foo.txt',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    alg: {
      type: 'text',
      value: 'algorithm',
      aliases: ['algorithm'],
      options: keyManagementAlgorithms,
      help: 'How the content key is protected; that of the key, or the usual one of its kind, if left out.',
    },
    enc: {
      type: 'text',
      value: 'algorithm',
      aliases: ['encryption-algorithm'],
      options: contentEncryptionAlgorithms,
      help: 'What encrypts the content: A256GCM (default), A128GCM, A192GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512.',
    },
    key: { type: 'text', value: 'file', help: 'The key of the recipient: JWK, JWE or PEM.' },
    jwks: toolKeyFlags.jwks,
    kid: toolKeyFlags.kid,
    typ: { type: 'text', value: 'type', aliases: ['type'], help: 'The member typ of the header.' },
    cty: {
      type: 'text',
      value: 'type',
      aliases: ['content-type'],
      help: 'The member cty of the header.',
    },
    'password-file': {
      type: 'text',
      value: 'file',
      help: 'The file with the password of a PBES2 algorithm, or of --key.',
    },
    subtle: { type: 'boolean', hidden: true, help: 'Changes nothing.' },
  },
  async run({ flags, io }) {
    const algorithm = keyManagementAlgorithms.find((name) => name === flags.alg)
    if (flags.alg !== undefined && algorithm === undefined) {
      const hint = flags.alg === 'RSA1_5' ? 'RSA1_5 is not safe: use RSA-OAEP-256' : undefined
      throw hint === undefined
        ? flagValueInvalid('alg', flags.alg)
        : flagValueInvalid('alg', flags.alg, { hint })
    }
    const encryption = contentEncryptionAlgorithms.find((name) => name === flags.enc)
    if (flags.enc !== undefined && encryption === undefined) {
      throw flagValueInvalid('enc', flags.enc)
    }
    const isPassword = algorithm?.startsWith('PBES2-') === true
    const key = isPassword
      ? await passwordKey(io, flags)
      : { jwk: selectJwk(await loadToolKeys(io, flags)) }
    const compact = await encryptJwe(await readInput(io, '-'), key, {
      algorithm,
      encryption,
      type: flags.typ,
      contentType: flags.cty,
      keyId: flags.kid,
    })
    writeResult(io, `${flattenedOf(compact)}\n`)
    return 0
  },
})

async function passwordKey(
  io: Io,
  flags: {
    readonly alg: string | undefined
    readonly key: string | undefined
    readonly jwks: string | undefined
    readonly 'password-file': string | undefined
  },
): Promise<EncryptionKey> {
  for (const flag of ['key', 'jwks'] as const) {
    if (flags[flag] !== undefined) throw flagsMutuallyExclusive(`alg ${flags.alg}`, flag)
  }
  const password =
    (await loadFirstPassword(io, [flags['password-file']])) ??
    (await askPassword(io, {
      label: 'Please enter the password to encrypt the content encryption key',
      what: 'the password',
      flag: 'password-file',
    }))
  if (password !== '') return { password }
  throw new CommandError('flag_missing', 'the password is empty')
}

import { createPublicKey, type KeyObject } from 'node:crypto'
import { encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import { forceFlag } from '../../ca/force-flag.ts'
import { keyTypeFlags, parseKeyType } from '../../ca/key-type-flags.ts'
import { errorReading } from '../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagIncompatible, flagValueInvalid } from '../../framework/errors.ts'
import { loadKeyFile } from '../../keys/key-file.ts'
import { prepareKeyFiles, writeKeyFiles } from '../../keys/key-files.ts'
import {
  assertNewKeyPassword,
  newKeyPassword,
  newKeyPasswordFlags,
} from '../../keys/new-key-password.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<pub_file> <priv_file>',
  summary: 'generate a public / private keypair in PEM format',
  description:
    'mayfly crypto keypair makes a key pair and writes its public half to <pub_file> and its private half to <priv_file>, encrypted under a password.',
  example:
    '$ mayfly crypto keypair foo.pub foo.key --password-file password.txt\n$ mayfly crypto keypair foo.pub foo.key --kty OKP --no-password --insecure',
  positional: { minimum: 2, maximum: 2 },
  flags: {
    ...keyTypeFlags,
    'from-jwk': {
      type: 'text',
      value: 'file',
      help: 'Write the key of this JWK or JWE instead of a new one.',
    },
    ...newKeyPasswordFlags,
    ...forceFlag,
  },
  async run({ usage, positional: [publicPath = '', privatePath = ''], flags, io }) {
    assertNewKeyPassword(flags)
    assertKeyFlags(flags)
    const names = { publicPath, privatePath }
    await prepareKeyFiles(io, names, { usage, force: flags.force })
    const key =
      flags['from-jwk'] === undefined
        ? await generatePrivateKey(parseKeyType(flags))
        : (await loadKeyFile(io, flags['from-jwk'], jwkOptions)).key
    const isPrivate = key.type === 'private'
    const password = isPrivate ? await newKeyPassword(io, flags, 'the private key') : undefined
    await writeKeyFiles(io, names, {
      publicText: publicPem(key),
      privateText: isPrivate ? await encodePrivateKeyPem(key, { password }) : undefined,
      kind: 'PEM',
      inTheClear: password === undefined ? 'private' : 'none',
    })
    return 0
  },
})

function assertKeyFlags(flags: {
  readonly 'from-jwk': string | undefined
  readonly kty: string | undefined
  readonly curve: string | undefined
  readonly size: number | undefined
  readonly insecure: boolean
}): void {
  if (flags['from-jwk'] !== undefined) {
    for (const flag of ['kty', 'curve', 'size'] as const) {
      if (flags[flag] !== undefined) throw flagIncompatible('from-jwk', flag)
    }
    return
  }
  if (flags.kty === 'RSA' && flags.insecure && flags.size !== undefined && flags.size < 2048) {
    throw flagValueInvalid('size', String(flags.size), {
      detail: 'RSA keys of fewer than 2048 bits are not made, whatever the flags',
    })
  }
  parseKeyType(flags)
}

function publicPem(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ format: 'pem', type: 'spki' }).toString()
}

/** The password of `--password-file` is for the new file; that of the JWK is asked for. */
const jwkOptions = { passwordFile: undefined, failure: errorReading }

import {
  type Jwk,
  type PrivateJwk,
  publicJwkOf,
  type SecretJwk,
  sealPrivateJwk,
} from '@mayfly/jwt-tokens'
import { forceFlag } from '../../../ca/force-flag.ts'
import { errorReading } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagValueInvalid } from '../../../framework/errors.ts'
import type { Io } from '../../../io.ts'
import { encodeJwk } from '../../../keys/jwk-json.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { prepareKeyFiles, writeKeyFiles } from '../../../keys/key-files.ts'
import { isPrivateJwk, isSecretJwk } from '../../../keys/key-text.ts'
import {
  assertNewKeyPassword,
  newKeyPassword,
  newKeyPasswordFlags,
} from '../../../keys/new-key-password.ts'
import { createJwk, describeJwk, jwkOf } from './new-jwk.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<public-jwk-file> <private-jwk-file>',
  summary: 'create a JWK (JSON Web Key)',
  description:
    'mayfly crypto jwk create makes a JSON Web Key and writes its public half to <public-jwk-file> and the whole key to <private-jwk-file>, encrypted under a password.',
  example:
    '$ mayfly crypto jwk create pub.json key.json --password-file password.txt\n$ mayfly crypto jwk create pub.json key.json --kty OKP --no-password --insecure',
  positional: { minimum: 2, maximum: 2 },
  flags: {
    kty: {
      type: 'text',
      value: 'type',
      aliases: ['type'],
      options: ['EC', 'OKP', 'RSA', 'oct'],
      help: 'The kind of key: EC (default), OKP, RSA or oct.',
    },
    curve: {
      type: 'text',
      value: 'curve',
      aliases: ['crv'],
      environment: 'CRV',
      options: ['P-256', 'P-384', 'P-521', 'Ed25519'],
      help: 'P-256 (default), P-384 or P-521 for EC, Ed25519 for OKP.',
    },
    size: {
      type: 'integer',
      value: 'size',
      help: 'Bits of an RSA key, 2048 (default) or more; octets of an oct key, 32 (default) or 16 at least.',
    },
    alg: {
      type: 'text',
      value: 'algorithm',
      aliases: ['algorithm'],
      help: 'The algorithm that the key is for; the usual one of its kind if left out.',
    },
    use: {
      type: 'text',
      value: 'use',
      options: ['sig', 'enc'],
      help: 'sig (default) for signatures, enc for encryption.',
    },
    kid: { type: 'text', value: 'kid', help: "The key's id; its thumbprint if left out." },
    'from-pem': {
      type: 'text',
      value: 'file',
      help: 'Write the key of this PEM file instead of a new one.',
    },
    ...newKeyPasswordFlags,
    subtle: { type: 'boolean', hidden: true, help: 'Changes nothing.' },
    ...forceFlag,
  },
  async run({ usage, positional: [publicPath = '', privatePath = ''], flags, io }) {
    assertNewKeyPassword(flags)
    const use = flags.use ?? 'sig'
    if (use !== 'sig' && use !== 'enc') {
      throw flagValueInvalid('use', use, { detail: 'options are sig or enc' })
    }
    const names = { publicPath, privatePath }
    const options = { ...flags, kty: flags.kty ?? 'EC', use }
    const jwk =
      flags['from-pem'] === undefined
        ? await createJwk(io, options)
        : describeJwk(await loadJwkOfPem(io, flags['from-pem']), options)
    await prepareKeyFiles(io, names, { usage, force: flags.force })
    const isWhole = isPrivateJwk(jwk) || isSecretJwk(jwk)
    const password = isWhole ? await newKeyPassword(io, flags, 'the private JWK') : undefined
    await writeKeyFiles(io, names, {
      publicText: encodeJwk(isSecretJwk(jwk) ? jwk : publicJwkOf(jwk)),
      privateText: isWhole ? await encodePrivate(jwk, password) : undefined,
      kind: 'JWK',
      inTheClear: isSecretJwk(jwk) ? 'both' : password === undefined ? 'private' : 'none',
    })
    return 0
  },
})

/** The password of `--password-file` is for the new file; that of the PEM key is asked for. */
async function loadJwkOfPem(io: Io, path: string): Promise<Jwk> {
  const options = { passwordFile: undefined, failure: errorReading }
  return jwkOf((await loadKeyFile(io, path, options)).key)
}

async function encodePrivate(
  jwk: PrivateJwk | SecretJwk,
  password: string | undefined,
): Promise<string> {
  return password === undefined
    ? encodeJwk(jwk)
    : await sealPrivateJwk(jwk, password, { serialization: 'flattened' })
}

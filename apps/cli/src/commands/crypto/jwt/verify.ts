import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  type Jwk,
  type JwkSet,
  openPrivateJwk,
  parseJwk,
  parseJwkSet,
  verifyJwt,
} from '@mayfly/jwt-tokens'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { isWrongPassword } from '../../../ca/provisioner-key.ts'
import { errorReading, readInput } from '../../../files/input-file.ts'
import { loadFirstPassword, openWithPassword, passwordOfFile } from '../../../files/password.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import type { Io } from '../../../io.ts'
import { kindOfKeyText, wantsPassword } from '../../../keys/key-text.ts'

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
    key: { type: 'text', value: 'file', help: 'The key: JWK, JWE or PEM.' },
    jwks: { type: 'text', value: 'file', help: 'A JWK Set that holds the key.' },
    kid: {
      type: 'text',
      value: 'kid',
      help: "The key's id in --jwks; the token's own if left out.",
    },
    'password-file': { type: 'text', value: 'file', help: 'The file with the password of --key.' },
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
      keyId: flags.kid,
      key: flags.key === undefined ? undefined : await loadKey(io, flags.key, flags),
      keyName: flags.key,
      keySet: flags.jwks === undefined ? undefined : await loadKeySet(io, flags.jwks),
      keySetName: flags.jwks,
      subtle: flags.subtle,
      insecure: flags.insecure,
      noExpiryCheck: flags['no-exp-check'],
      now: io.now(),
    })
    writeResult(io, `${printed}\n`)
    return 0
  },
})

async function loadKey(
  io: Io,
  path: string,
  flags: { readonly 'password-file': string | undefined },
): Promise<Jwk | KeyObject> {
  const text = (await readInput(io, path, errorReading)).toString()
  const open = async <T>(tries: number, decrypt: (password: string) => Promise<T>): Promise<T> =>
    await openWithPassword(io, {
      password: await loadFirstPassword(io, [flags['password-file']]),
      question: passwordOfFile(path, 'password-file'),
      tries,
      isWrongPassword,
      open: decrypt,
    })
  const kind = kindOfKeyText(text, path)
  if (kind === 'jwk') return parseJwk(text)
  if (kind === 'jwe') return await open(3, (typed) => openPrivateJwk(text, typed))
  if (wantsPassword(text)) {
    return await open(1, (password) => parsePrivateKeyPem(text, { password, name: path }))
  }
  if (text.includes('PRIVATE KEY-----')) return await parsePrivateKeyPem(text, { name: path })
  try {
    return createPublicKey(text)
  } catch (cause) {
    throw new CommandError('key_unfit', `error reading ${path}: unsupported format`, { cause })
  }
}

async function loadKeySet(io: Io, path: string): Promise<JwkSet> {
  const text = (await readInput(io, path, errorReading)).toString()
  return parseJwkSet(text)
}

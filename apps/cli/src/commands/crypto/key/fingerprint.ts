import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { encodeSshPublicKey } from '@mayfly/keystore-hsm'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError, flagsMutuallyExclusive, notOfferedYet } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'

const encodings: ReadonlyMap<string, (digest: Buffer) => string> = new Map([
  ['hex', (digest: Buffer) => digest.toString('hex')],
  ['base64', (digest: Buffer) => digest.toString('base64')],
  ['base64-raw', (digest: Buffer) => digest.toString('base64').replace(/=+$/, '')],
  ['base64-url', base64Url],
  ['base64-url-raw', (digest: Buffer) => digest.toString('base64url')],
])

export const command: CommandDefinition = defineCommand({
  usage: '[<key-file>]',
  summary: 'print the fingerprint of a public key',
  description:
    'mayfly crypto key fingerprint prints the SHA-256 of a public key: of the bits of the key alone, as the key identifiers of certificates, unless --pkix or --ssh says otherwise.',
  example: '$ mayfly crypto key fingerprint foo.crt --pkix',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    sha1: { type: 'boolean', help: 'Use SHA-1, in hex: the subject key identifier.' },
    pkix: { type: 'boolean', help: 'Hash the subjectPublicKeyInfo.' },
    ssh: { type: 'boolean', help: 'Hash the key as SSH writes it.' },
    raw: { type: 'boolean', help: 'Print the octets instead of their hash.' },
    format: {
      type: 'text',
      value: 'format',
      options: [...encodings.keys()],
      help: 'base64 (default), hex, base64-url, base64-raw or base64-url-raw.',
    },
    ...keyPasswordFlag,
  },
  async run({ positional: [path = '-'], flags, io }) {
    if (flags.pkix && flags.ssh) throw flagsMutuallyExclusive('pkix', 'ssh')
    const encode = encodingOf(flags.format ?? (flags.sha1 ? 'hex' : 'base64'))
    const { key } = await loadKeyFile(io, path, { passwordFile: flags['password-file'] })
    const octets = octetsOf(key.type === 'private' ? createPublicKey(key) : key, flags)
    if (flags.raw) {
      writeResult(io, octets)
      return 0
    }
    const [prefix, algorithm] = flags.sha1 ? ['SHA1', 'sha1'] : ['SHA256', 'sha256']
    const digest = createHash(algorithm).update(octets).digest()
    writeResult(io, `${prefix}:${encode(digest)}\n`)
    return 0
  },
})

function encodingOf(format: string): (digest: Buffer) => string {
  const encode = encodings.get(format === 'base64url' ? 'base64-url' : format)
  if (encode !== undefined) return encode
  if (format === 'emoji') throw notOfferedYet("flag '--format emoji'")
  throw new CommandError(
    'flag_invalid',
    `error parsing fingerprint format: '${format}' is not a valid fingerprint format`,
  )
}

function octetsOf(
  key: KeyObject,
  { pkix, ssh }: { readonly pkix: boolean; readonly ssh: boolean },
): Buffer {
  if (ssh) return encodeSshPublicKey(key)
  if (pkix) return key.export({ format: 'der', type: 'spki' })
  return subjectPublicKeyOf(key)
}

/** The contents of the BIT STRING in a subjectPublicKeyInfo. */
function subjectPublicKeyOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ format: 'der', type: 'pkcs1' })
    case 'ec':
      return Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
    default:
      return Buffer.from(x, 'base64url')
  }
}

function base64Url(digest: Buffer): string {
  return digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

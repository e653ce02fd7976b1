import { constants, createPublicKey, verify } from 'node:crypto'
import { errorReading, readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError, flagRequiredByCommand } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { signatureAlgorithmOf, signatureFlags } from './signature-algorithm.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<file>] --key=<file> --signature=<base64>',
  summary: 'verify a signed message',
  description:
    'mayfly crypto key verify prints true if the signature is by the key over a file, or standard input, and fails with status 1 otherwise.',
  example:
    '$ mayfly crypto key verify foo.txt --key foo.crt \\\n  --signature $(mayfly crypto key sign foo.txt --key foo.key)',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    key: { type: 'text', value: 'file', help: 'The public key, or a certificate with it.' },
    signature: {
      type: 'text',
      value: 'base64',
      aliases: ['sig'],
      help: 'The signature.',
    },
    ...signatureFlags,
  },
  async run({ command: name, positional: [path = '-'], flags, io }) {
    if (flags.key === undefined) throw flagRequiredByCommand(name, 'key')
    if (flags.signature === undefined) throw flagRequiredByCommand(name, 'signature')
    const message = await readInput(io, path)
    const signature = Buffer.from(flags.signature, 'base64')
    if (signature.toString('base64') !== flags.signature) {
      throw new CommandError('flag_invalid', 'error decoding base64 signature')
    }
    const loaded = await loadKeyFile(io, flags.key, {
      passwordFile: undefined,
      failure: errorReading,
    })
    const key = loaded.key.type === 'private' ? createPublicKey(loaded.key) : loaded.key
    const { hash, options } = signatureAlgorithmOf(key, flags, constants.RSA_PSS_SALTLEN_AUTO)
    if (!verify(hash, message, { key, ...options }, signature)) {
      throw new CommandError('verification_failed', 'false')
    }
    writeResult(io, 'true\n')
    return 0
  },
})

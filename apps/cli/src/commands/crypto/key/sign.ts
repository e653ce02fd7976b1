import { constants, sign } from 'node:crypto'
import { errorReading, readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError, flagRequiredByCommand } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'
import { signatureAlgorithmOf, signatureFlags } from './signature-algorithm.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<file>] --key=<file>',
  summary: 'sign a message using an asymmetric key',
  description:
    'mayfly crypto key sign signs a file, or standard input, and prints the signature in base64.',
  example: '$ mayfly crypto key sign foo.txt --key foo.key',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    key: { type: 'text', value: 'file', help: 'The private key.' },
    ...signatureFlags,
    raw: { type: 'boolean', help: 'Print the octets of the signature.' },
    ...keyPasswordFlag,
  },
  async run({ command: name, positional: [path = '-'], flags, io }) {
    if (flags.key === undefined) throw flagRequiredByCommand(name, 'key')
    const message = await readInput(io, path)
    const { key } = await loadKeyFile(io, flags.key, {
      passwordFile: flags['password-file'],
      failure: errorReading,
    })
    if (key.type !== 'private') {
      throw new CommandError('key_unfit', `key ${flags.key} is not a signer`)
    }
    const { hash, options } = signatureAlgorithmOf(key, flags, constants.RSA_PSS_SALTLEN_DIGEST)
    const signature = sign(hash, message, { key, ...options })
    writeResult(io, flags.raw ? signature : `${signature.toString('base64')}\n`)
    return 0
  },
})

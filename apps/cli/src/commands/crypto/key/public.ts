import { createPublicKey } from 'node:crypto'
import { forceFlag } from '../../../ca/force-flag.ts'
import { confirmOverwrite, writeOutputFile } from '../../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<key-file>]',
  summary: 'print the public key from a private key or certificate',
  description:
    'mayfly crypto key public prints the public half of a key, or of the key in a certificate, as PEM.',
  example: '$ mayfly crypto key public foo.key',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    out: { type: 'text', value: 'file', help: 'Write the public key to this file.' },
    ...keyPasswordFlag,
    ...forceFlag,
  },
  async run({ positional: [path = '-'], flags, io }) {
    const { key } = await loadKeyFile(io, path, { passwordFile: flags['password-file'] })
    const publicKey = key.type === 'private' ? createPublicKey(key) : key
    const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString()
    if (flags.out === undefined) {
      writeResult(io, pem)
      return 0
    }
    await confirmOverwrite(io, flags.out, { force: flags.force })
    await writeOutputFile(flags.out, pem)
    reportLine(io, `The public key has been saved in ${flags.out}.`)
    return 0
  },
})

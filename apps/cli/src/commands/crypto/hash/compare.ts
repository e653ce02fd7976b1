import { timingSafeEqual } from 'node:crypto'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { digestPath, hashAlgorithm, hashFlags } from './file-digest.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<hash> <file-or-directory>',
  summary: 'verify the hash digest for a file or directory',
  description:
    'mayfly crypto hash compare prints ok if a file or a folder has the digest <hash>, in hex, and fails with status 1 otherwise.',
  example:
    "$ mayfly crypto hash compare $(mayfly crypto hash digest foo.crt | cut -d ' ' -f 1) foo.crt",
  positional: { minimum: 2, maximum: 2 },
  flags: hashFlags,
  async run({ positional: [wanted = '', path = ''], flags, io }) {
    const algorithm = hashAlgorithm(flags)
    if (!/^([0-9a-f]{2})*$/i.test(wanted)) {
      throw new CommandError('arguments_wrong', `error decoding ${wanted}: it is not hexadecimal`)
    }
    const expected = Buffer.from(wanted, 'hex')
    const digest = await digestPath(algorithm, path)
    if (digest.length !== expected.length || !timingSafeEqual(digest, expected)) {
      throw new CommandError('verification_failed', 'fail')
    }
    writeResult(io, 'ok\n')
    return 0
  },
})

import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { printable, printableJson } from '../../../framework/printable.ts'
import { writeResult } from '../../../framework/report.ts'
import { digestPath, hashAlgorithm, hashFlags } from './file-digest.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<file-or-directory>...',
  summary: 'generate a hash digest of a file or directory',
  description:
    'mayfly crypto hash digest prints the digest of each file and of each folder with all that is in it, in the form of sha256sum.',
  example: '$ mayfly crypto hash digest foo.crt foo.key',
  positional: { minimum: 1, maximum: Number.POSITIVE_INFINITY },
  flags: {
    ...hashFlags,
    json: { type: 'boolean', help: 'Print a JSON array of objects.' },
  },
  async run({ positional, flags, io }) {
    const algorithm = hashAlgorithm(flags)
    const entries: { file: string; algorithm: string; digest: string }[] = []
    for (const file of positional) {
      const digest = (await digestPath(algorithm, file)).toString('hex')
      if (!flags.json) writeResult(io, `${digest}  ${printable(file)}\n`)
      entries.push({ file, algorithm, digest })
    }
    if (flags.json) writeResult(io, `${printableJson(JSON.stringify(entries, undefined, 2))}\n`)
    return 0
  },
})

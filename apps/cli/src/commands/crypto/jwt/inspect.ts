import { inspectJwt } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'return the decoded JWT without verification',
  description:
    'mayfly crypto jwt inspect reads a token from standard input and prints what it says, without verifying any of it.',
  example: '$ echo $TOKEN | mayfly crypto jwt inspect --insecure',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    insecure: { type: 'boolean', help: 'Says that you know that nothing is verified. Required.' },
  },
  async run({ command: name, flags, io }) {
    if (!flags.insecure) throw flagRequiredByCommand(name, 'insecure')
    const [token = ''] = (await readInput(io, '-')).toString().split('\n')
    writeResult(io, `${inspectJwt(token)}\n`)
    return 0
  },
})

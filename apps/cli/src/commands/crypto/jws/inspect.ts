import { formatJwsJson, readJws } from '@mayfly/jwt-tokens'
import { readInput } from '../../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '--insecure',
  summary: 'return the decoded JWS without verification',
  description:
    'mayfly crypto jws inspect reads a compact JWS from standard input and prints its payload, without verifying any of it.',
  example: '$ echo $TOKEN | mayfly crypto jws inspect --insecure --json',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    json: { type: 'boolean', help: 'Print header, payload and signature as a JSON object.' },
    insecure: { type: 'boolean', help: 'Says that you know that nothing is verified. Required.' },
  },
  async run({ command: name, flags, io }) {
    if (!flags.insecure) throw flagRequiredByCommand(name, 'insecure')
    const [text = ''] = (await readInput(io, '-')).toString().split('\n')
    const jws = readJws(text)
    writeResult(io, flags.json ? `${formatJwsJson(jws)}\n` : jws.payload)
    return 0
  },
})

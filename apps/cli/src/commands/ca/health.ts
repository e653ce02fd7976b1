import { CaClientError } from '@mayfly/ca-client'
import { connectionFlags, connectToCa } from '../../ca/connection.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { printable, printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'get the status of the CA',
  description:
    'mayfly ca health asks the CA for its health and prints ok. It exits with 1 when nothing can be issued now.',
  example: '$ mayfly ca health --ca-url https://ca.internal --root root_ca.crt',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...connectionFlags,
    json: { type: 'boolean', help: 'Print a JSON object.' },
  },
  async run(invocation) {
    const { io, flags } = invocation
    const { client, url } = await connectToCa(invocation)
    try {
      const { status } = await client.health()
      writeResult(io, flags.json ? toJson({ status, url }) : `${printable(status)}\n`)
    } catch (cause) {
      if (!(cause instanceof CaClientError) || cause.code !== 'not_ready') throw cause
      if (flags.json) writeResult(io, toJson({ status: 'error', url }))
      throw new CommandError('ca_not_ready', `the CA at ${url} is not ready`, {
        cause,
        hint: `look at ${url}/health?verbose=1, or into the CA's log`,
      })
    } finally {
      client.close()
    }
    return 0
  },
})

function toJson(value: object): string {
  return `${printableJson(JSON.stringify(value))}\n`
}

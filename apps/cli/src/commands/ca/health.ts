import { connectionFlags, connectToCa } from '../../ca/connection.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printable, printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'get the status of the CA',
  description: 'mayfly ca health asks the CA for its health and prints ok.',
  example: '$ mayfly ca health --ca-url https://ca.internal --root root_ca.crt',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...connectionFlags,
    json: { type: 'boolean', help: 'Print a JSON object.' },
  },
  async run(invocation) {
    const { client, url } = await connectToCa(invocation)
    try {
      const { status } = await client.health()
      writeResult(
        invocation.io,
        invocation.flags.json
          ? `${printableJson(JSON.stringify({ status, url }))}\n`
          : `${printable(status)}\n`,
      )
    } finally {
      client.close()
    }
    return 0
  },
})

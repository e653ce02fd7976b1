import { connectionFlags, connectToCa } from '../../../ca/connection.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { printableJson } from '../../../framework/printable.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'list the provisioners of the CA',
  description: 'mayfly ca provisioner list prints the provisioners of the CA as a JSON array.',
  example: '$ mayfly ca provisioner list --ca-url https://ca.internal --root root_ca.crt',
  positional: { minimum: 0, maximum: 0 },
  flags: connectionFlags,
  async run(invocation) {
    const { client } = await connectToCa(invocation)
    try {
      const provisioners = await client.provisioners()
      writeResult(invocation.io, `${printableJson(JSON.stringify(provisioners, undefined, 3))}\n`)
    } finally {
      client.close()
    }
    return 0
  },
})

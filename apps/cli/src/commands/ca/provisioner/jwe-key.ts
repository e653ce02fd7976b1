import { connectionFlags, connectToCa } from '../../../ca/connection.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { printable } from '../../../framework/printable.ts'
import { writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<kid>',
  summary: 'retrieve and print a provisioning key from the CA',
  description:
    "mayfly ca provisioner jwe-key prints the private key of a provisioner as the CA keeps it: a JWE that the provisioner's password opens. The kid is shown by mayfly ca provisioner list.",
  example: '$ mayfly ca provisioner jwe-key 1234',
  positional: { minimum: 1, maximum: 1 },
  flags: connectionFlags,
  async run(invocation) {
    const { client } = await connectToCa(invocation)
    try {
      const [kid = ''] = invocation.positional
      writeResult(invocation.io, `${printable(await client.encryptedKey(kid))}\n`)
    } finally {
      client.close()
    }
    return 0
  },
})

import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { deliverCertificates } from '../../ca/certificate-download.ts'
import { connectionFlags, connectToCa } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<roots-file>]',
  summary: 'download all the root certificates',
  description:
    'mayfly ca roots downloads all root certificates of the CA and prints or saves them.',
  example: '$ mayfly ca roots roots.crt --ca-url https://ca.internal --root root_ca.crt',
  positional: { minimum: 0, maximum: 1 },
  flags: { ...connectionFlags, ...forceFlag },
  async run(invocation) {
    const { client } = await connectToCa(invocation)
    try {
      await deliverCertificates({
        io: invocation.io,
        path: invocation.positional[0],
        force: invocation.flags.force,
        what: 'root certificate bundle',
        fetchPem: async () => (await client.roots()).map(encodeCertificatePem).join(''),
      })
    } finally {
      client.close()
    }
    return 0
  },
})

import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { deliverCertificates } from '../../ca/certificate-download.ts'
import { connectionFlags, downloadRoot, parseCaUrl } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../framework/errors.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<root-file>]',
  summary: 'download and validate the root certificate',
  description:
    'mayfly ca root downloads the root certificate and checks it against its fingerprint, and prints or saves it.',
  example:
    '$ mayfly ca root root_ca.crt --ca-url https://ca.internal \\\n  --fingerprint 0d7d3834cf187726cf331c40a31aa7ef6b29ba4df601416c9788f6ee01058cf3',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    fingerprint: {
      type: 'text',
      value: 'fingerprint',
      help: 'The SHA-256 fingerprint of the root certificate, in hex.',
    },
    'ca-url': connectionFlags['ca-url'],
    context: connectionFlags.context,
    ...forceFlag,
  },
  async run({ command, positional, flags, io }) {
    const { 'ca-url': caUrl, fingerprint } = flags
    if (caUrl === undefined) throw flagRequiredByCommand(command, 'ca-url')
    const url = parseCaUrl(caUrl)
    if (fingerprint === undefined) throw flagRequiredByCommand(command, 'fingerprint')
    await deliverCertificates({
      io,
      path: positional[0],
      force: flags.force,
      what: 'root certificate',
      fetchPem: async () => encodeCertificatePem(await downloadRoot(io, url, fingerprint)),
    })
    return 0
  },
})

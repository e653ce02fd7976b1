import { encodeCertificatePem, parseCertificate, parsePem } from '@mayfly/x509-profiles'
import { forceFlag } from '../../ca/force-flag.ts'
import { readInput } from '../../files/input-file.ts'
import { confirmOverwrite, writeOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> <ca-file> <bundle-file>',
  summary: 'bundle a certificate with intermediate certificate(s) needed for validation',
  description:
    'mayfly certificate bundle writes the first certificate of one file and the first of another into a third, as TLS servers want them.',
  example: '$ mayfly certificate bundle foo.crt intermediate_ca.crt foo-bundle.crt',
  positional: { minimum: 3, maximum: 3 },
  flags: { ...forceFlag },
  async run({ positional: [leafPath = '', authorityPath = '', bundlePath = ''], flags, io }) {
    const leaf = await readFirstCertificate(io, leafPath)
    const authority = await readFirstCertificate(io, authorityPath)
    await confirmOverwrite(io, bundlePath, flags)
    await writeOutputFile(bundlePath, leaf + authority)
    reportLine(io, `Your certificate has been saved in ${bundlePath}.`)
    return 0
  },
})

async function readFirstCertificate(io: Io, path: string): Promise<string> {
  const text = (await readInput(io, path)).toString()
  try {
    const [block] = parsePem(text)
    if (block?.label === 'CERTIFICATE') return encodeCertificatePem(parseCertificate(block.octets))
  } catch (cause) {
    throw unfit(path, cause)
  }
  throw unfit(path)
}

function unfit(path: string, cause?: unknown): CommandError {
  const message = `could not parse certificate file '${path}'`
  return new CommandError('certificate_unfit', message, { cause })
}

import { statSync } from 'node:fs'
import {
  encodePem,
  parseCertificate,
  parseCertificationRequest,
  parsePem,
} from '@mayfly/x509-profiles'
import { forceFlag } from '../../ca/force-flag.ts'
import { parseNamed } from '../../certificates/named-file.ts'
import { readInput } from '../../files/input-file.ts'
import { confirmOverwrite, writeOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportLine, writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> [--out=<file>]',
  summary: 'reformat certificate',
  description:
    'mayfly certificate format turns a certificate or CSR from PEM into DER and from DER into PEM, the first one of a file or of standard input.',
  example: '$ mayfly certificate format foo.crt --out foo.der',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    out: { type: 'text', value: 'file', help: 'Write to this file instead of standard output.' },
    ...forceFlag,
  },
  async run({ positional: [path = '-'], flags, io }) {
    const contents = reformatted(await readInput(io, path), path)
    if (flags.out === undefined) {
      writeResult(io, contents)
      return 0
    }
    await confirmOverwrite(io, flags.out, flags)
    const mode = path === '-' ? 0o600 : statSync(path).mode & 0o777
    await writeOutputFile(flags.out, contents, { mode })
    reportLine(io, `Your certificate has been saved in ${flags.out}`)
    return 0
  },
})

function reformatted(octets: Buffer, path: string): string | Uint8Array {
  return octets.includes('-----BEGIN ') ? fromPem(octets.toString(), path) : toPem(octets)
}

function fromPem(text: string, path: string): Uint8Array {
  const [block] = parseNamed(path, () => parsePem(text))
  switch (block?.label) {
    case 'CERTIFICATE':
      return parseNamed(path, () => parseCertificate(block.octets)).der
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return parseNamed(path, () => parseCertificationRequest(block.octets)).der
    default:
      throw new CommandError('certificate_unfit', 'error decoding certificate: invalid PEM block')
  }
}

function toPem(octets: Buffer): string {
  const label = [
    ['CERTIFICATE', parseCertificate] as const,
    ['CERTIFICATE REQUEST', parseCertificationRequest] as const,
  ].find(([, parse]) => isReadable(octets, parse))?.[0]
  if (label !== undefined) return encodePem(label, octets)
  throw new CommandError(
    'certificate_unfit',
    'error parsing DER format certificate or certificate request',
  )
}

function isReadable(octets: Buffer, parse: (octets: Uint8Array) => unknown): boolean {
  try {
    parse(octets)
    return true
  } catch {
    return false
  }
}

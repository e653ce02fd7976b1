import { createHash } from 'node:crypto'
import { loadCertificates } from '../../certificates/certificate-source.ts'
import { remoteFlags } from '../../certificates/remote-address.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, notOfferedYet } from '../../framework/errors.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'print the fingerprint of a certificate',
  description:
    'mayfly certificate fingerprint prints the SHA-256 of a certificate or CSR, read from a file, from standard input, or shown by a server (https://host:port).',
  example: '$ mayfly certificate fingerprint root_ca.crt',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    format: {
      type: 'text',
      value: 'format',
      options: ['hex', 'base64', 'base64-url', 'base64-raw', 'base64-url-raw'],
      help: 'hex (default), base64, base64-url, base64-raw or base64-url-raw.',
    },
    bundle: { type: 'boolean', help: 'Print the fingerprint of every certificate in the file.' },
    sha1: { type: 'boolean', help: 'Use SHA-1; needs --insecure.' },
    insecure: {
      type: 'boolean',
      help: 'Allows --sha1; take the certificates of a server as they come.',
    },
    ...remoteFlags,
  },
  async run({ positional, flags, io }) {
    if (flags.sha1 && !flags.insecure) {
      throw new CommandError('flag_missing', "flag '--sha' requires the '--insecure' flag")
    }
    const format = flags.format ?? 'hex'
    const encode = encodings.get(format)
    if (encode === undefined) {
      if (format === 'emoji') throw notOfferedYet("flag '--format emoji'")
      throw new CommandError(
        'flag_invalid',
        `error parsing fingerprint format: '${format}' is not a valid fingerprint format`,
      )
    }
    const path = positional[0] ?? '-'
    const entries = await loadCertificates(
      io,
      path,
      flags,
      (name, reason) => `error reading file ${name}: open ${name} failed: ${reason}`,
    )
    const found = entries.map(({ value }) =>
      encode(
        createHash(flags.sha1 ? 'sha1' : 'sha256')
          .update(value.der)
          .digest(),
      ),
    )
    writeResult(
      io,
      flags.bundle ? found.map((text, index) => `${index}: ${text}\n`).join('') : `${found[0]}\n`,
    )
    return 0
  },
})

const encodings: ReadonlyMap<string, (digest: Buffer) => string> = new Map([
  ['hex', (digest: Buffer) => digest.toString('hex')],
  ['base64', (digest: Buffer) => digest.toString('base64')],
  ['base64-raw', (digest: Buffer) => digest.toString('base64').replace(/=+$/, '')],
  ['base64-url', base64Url],
  ['base64url', base64Url],
  ['base64-url-raw', (digest: Buffer) => digest.toString('base64url')],
])

function base64Url(digest: Buffer): string {
  return digest.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

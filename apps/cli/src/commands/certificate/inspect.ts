import {
  certificateToJson,
  certificationRequestToJson,
  encodeCertificatePem,
  encodeCertificationRequestPem,
  encodeJson,
  formatCertificateShort,
  formatCertificateText,
  formatCertificationRequestShort,
  formatCertificationRequestText,
  type JsonValue,
} from '@mayfly/x509-profiles'
import type { CertificateFileEntry } from '../../certificates/certificate-file.ts'
import { loadCertificates } from '../../certificates/certificate-source.ts'
import { remoteFlags } from '../../certificates/remote-address.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagIncompatible, flagValueInvalid } from '../../framework/errors.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'print certificate or CSR details in human readable format',
  description:
    'mayfly certificate inspect shows a certificate or certificate signing request, read from a file, from standard input, or shown by a server (https://host:port).',
  example: '$ mayfly certificate inspect --short foo.crt',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    format: {
      type: 'text',
      value: 'format',
      options: ['text', 'json', 'pem'],
      help: 'text (default), json or pem.',
    },
    short: { type: 'boolean', help: 'Show only the most important facts.' },
    bundle: { type: 'boolean', help: 'Show every certificate in the file, not only the first.' },
    ...remoteFlags,
    insecure: { type: 'boolean', help: 'Take the certificates of a server as they come.' },
  },
  async run({ positional, flags, io }) {
    const format = flags.format ?? 'text'
    if (format !== 'text' && format !== 'json' && format !== 'pem') {
      throw flagValueInvalid('format', format, { detail: 'options are text, json, pem' })
    }
    if (flags.short && format !== 'text') {
      throw flagIncompatible('short', `format ${format}`)
    }
    const path = positional[0] ?? '-'
    const entries = await loadCertificates(
      io,
      path,
      flags,
      (name, reason) => `error reading file ${name}: open ${name} failed: ${reason}`,
    )
    const shown = flags.bundle ? entries : entries.slice(0, 1)
    writeResult(io, formatEntries(shown, flags.short ? 'short' : format))
    return 0
  },
})

function formatEntries(
  entries: readonly CertificateFileEntry[],
  format: 'short' | 'text' | 'json' | 'pem',
): string {
  switch (format) {
    case 'short':
      return entries.map(formatShort).join('')
    case 'text':
      return entries.map(formatText).join('')
    case 'pem':
      return entries.map(formatPem).join('')
    case 'json': {
      const objects = entries.map(toJson)
      const [only] = objects
      return `${encodeJson(only !== undefined && objects.length === 1 ? only : objects)}\n`
    }
  }
}

function formatShort(entry: CertificateFileEntry): string {
  return withNewline(
    entry.kind === 'certificate'
      ? formatCertificateShort(entry.value)
      : formatCertificationRequestShort(entry.value),
  )
}

function formatText(entry: CertificateFileEntry): string {
  return withNewline(
    entry.kind === 'certificate'
      ? formatCertificateText(entry.value)
      : formatCertificationRequestText(entry.value),
  )
}

function formatPem(entry: CertificateFileEntry): string {
  return entry.kind === 'certificate'
    ? encodeCertificatePem(entry.value)
    : encodeCertificationRequestPem(entry.value)
}

function toJson(entry: CertificateFileEntry): JsonValue {
  return entry.kind === 'certificate'
    ? certificateToJson(entry.value)
    : certificationRequestToJson(entry.value)
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}

import { statSync } from 'node:fs'
import { type Certificate, parseDuration, type Validity } from '@mayfly/x509-profiles'
import { loadCertificates } from '../../certificates/certificate-source.ts'
import { isRemote, remoteFlags } from '../../certificates/remote-address.ts'
import { errorReading } from '../../files/input-file.ts'
import { isMissing } from '../../files/system-error.ts'
import { assertArgumentCount } from '../../framework/argument-count.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, durationHint, flagValueInvalid } from '../../framework/errors.ts'
import { reportLine, writeResult } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<cert-file or hostname>',
  summary: 'check if a certificate needs to be renewed',
  description:
    'mayfly certificate needs-renewal ends with 0 if a certificate, in a file or shown by a server, needs to be renewed, with 1 if it does not, with 2 if the file does not exist, and with 255 if it cannot tell.',
  example: '$ mayfly certificate needs-renewal foo.crt --expires-in 25h',
  flags: {
    'expires-in': {
      type: 'text',
      value: 'percent|duration',
      help: 'The share of its life that it may have behind it, or the time that it must have left; 66% if left out.',
    },
    bundle: { type: 'boolean', help: 'Look at every certificate, not only the first.' },
    verbose: { type: 'boolean', aliases: ['v'], help: 'Say it in words.' },
    ...remoteFlags,
  },
  async run({ positional, usage, flags, io }) {
    try {
      assertArgumentCount({ positional, usage }, { minimum: 1, maximum: 1 })
      const [name = ''] = positional
      assertExists(name)
      const certificates = await loadAll(io, name, flags)
      const isDue = parseThreshold(flags['expires-in'] ?? '66%')
      const looked = flags.bundle ? certificates : certificates.slice(0, 1)
      const needsRenewal = looked.some(({ validity }) => isDue(validity, io.now()))
      if (flags.verbose && needsRenewal) writeResult(io, 'certificate needs renewal\n')
      if (flags.verbose && !needsRenewal) reportLine(io, 'certificate does not need renewal')
      return needsRenewal ? 0 : 1
    } catch (error) {
      throw withStatus(error)
    }
  },
})

/** Whether a certificate of this validity is to be renewed. */
type Threshold = (validity: Validity, now: Date) => boolean

/** Percents are of the whole validity, without fractions, as in step. */
function parseThreshold(text: string): Threshold {
  if (text.endsWith('%')) {
    const digits = text.slice(0, -1)
    if (!/^[+-]?\d+$/.test(digits)) throw flagValueInvalid('expires-in', text)
    const percent = Number(digits)
    if (percent < 0 || percent > 100) {
      throw flagValueInvalid('expires-in', text, { detail: 'value must be in range 0-100%' })
    }
    return ({ notBefore, notAfter }, now) => {
      const lifetime = notAfter.getTime() - notBefore.getTime()
      return Math.trunc(((now.getTime() - notBefore.getTime()) / lifetime) * 100) >= percent
    }
  }
  const remaining = parseRemaining(text)
  return ({ notAfter }, now) => notAfter.getTime() - now.getTime() <= remaining
}

function parseRemaining(text: string): number {
  try {
    return parseDuration(text)
  } catch {
    throw flagValueInvalid('expires-in', text, { hint: durationHint })
  }
}

/** @throws {CommandError} `file_missing` */
function assertExists(name: string): void {
  if (isRemote(name) || name === '-') return
  try {
    statSync(name)
  } catch (cause) {
    // Other failures are told when the file is read.
    if (!isMissing(cause)) return
    throw new CommandError('file_unreadable', `stat ${name}: no such file or directory`, {
      cause,
      exitCode: 2,
    })
  }
}

async function loadAll(
  io: Io,
  name: string,
  flags: { readonly roots: string | undefined; readonly servername: string | undefined },
): Promise<readonly Certificate[]> {
  const entries = await loadCertificates(io, name, { ...flags, insecure: false }, errorReading)
  const certificates = entries.flatMap((entry) =>
    entry.kind === 'certificate' ? [entry.value] : [],
  )
  if (certificates.length > 0) return certificates
  const message = `error parsing ${name}: does not contain a valid PEM encoded certificate`
  throw new CommandError('certificate_unfit', message)
}

/** 1 means that all is well, so that a failure must not end with it. */
function withStatus(error: unknown): unknown {
  if (error instanceof CommandError) {
    return error.exitCode === 1
      ? new CommandError(error.code, error.message, {
          cause: error,
          exitCode: cannotTell,
          hint: error.hint,
        })
      : error
  }
  const message = error instanceof Error ? error.message : String(error)
  return new CommandError('certificate_unfit', message, { cause: error, exitCode: cannotTell })
}

const cannotTell = 255

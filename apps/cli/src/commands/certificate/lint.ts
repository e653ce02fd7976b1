import { type Certificate, type LintResult, lintCertificate } from '@mayfly/x509-profiles'
import { loadCertificates } from '../../certificates/certificate-source.ts'
import { isRemote, type RemoteOptions, remoteFlags } from '../../certificates/remote-address.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { writeResult } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'lint certificate details',
  description:
    'mayfly certificate lint judges a certificate by rules of RFC 5280 and of the CA/Browser Forum, and prints what came of each as JSON. The rules are for public web servers; an internal CA may break some with good reason.',
  example: '$ mayfly certificate lint foo.crt',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    ...remoteFlags,
    insecure: { type: 'boolean', help: 'Take the certificate of a server as it comes.' },
  },
  async run({ positional: [name = ''], flags, io }) {
    const lints = lintCertificate(await loadFirst(io, name, flags))
    const found = new Set(Object.values(lints))
    const report = {
      version: 3,
      timestamp: Math.floor(io.now().getTime() / 1000),
      lints: Object.fromEntries(
        Object.entries(lints).map(([lint, result]) => [lint, { result }] as const),
      ),
      notices_present: found.has('info'),
      warnings_present: found.has('warn'),
      errors_present: found.has('error'),
      fatals_present: found.has('fatal'),
    } satisfies Report
    writeResult(io, JSON.stringify(report, undefined, 1))
    return 0
  },
})

/** As zlint writes it. */
interface Report {
  readonly version: 3
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly lints: Readonly<Record<string, { readonly result: LintResult }>>
  readonly notices_present: boolean
  readonly warnings_present: boolean
  readonly errors_present: boolean
  readonly fatals_present: boolean
}

async function loadFirst(io: Io, name: string, options: RemoteOptions): Promise<Certificate> {
  const [entry] = await loadCertificates(io, name, options).catch((cause: unknown) => {
    if (isRemote(name) || !(cause instanceof CommandError)) throw cause
    if (cause.code !== 'certificate_unfit') throw cause
    throw unfit(name, cause)
  })
  if (entry?.kind === 'certificate') return entry.value
  throw unfit(name)
}

function unfit(name: string, cause?: unknown): CommandError {
  const message = `could not parse certificate file '${name}'`
  return new CommandError('certificate_unfit', message, { cause })
}

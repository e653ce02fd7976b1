import { isIP } from 'node:net'
import {
  type Certificate,
  ProfileError,
  parseCertificate,
  parsePem,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import { isRemote } from '../../certificates/certificate-file.ts'
import { parseNamed } from '../../certificates/named-file.ts'
import { loadRootBundle } from '../../certificates/root-bundle.ts'
import { readInput } from '../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, notOfferedYet } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { writeResult } from '../../framework/report.ts'

const later = notOfferedFlags({
  text: ['issuing-ca', 'crl-endpoint', 'ocsp-endpoint', 'servername'],
  boolean: ['verify-crl', 'verify-ocsp', 'insecure'],
})

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> [--host=<host>]',
  summary: 'verify a certificate',
  description:
    'mayfly certificate verify checks the path from the first certificate of a file, by the others in it, to a trusted root. It prints nothing when all is well.',
  example: '$ mayfly certificate verify foo.crt --roots root_ca.crt --host foo.local',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    host: { type: 'text', value: 'host', help: 'The name that the certificate must be good for.' },
    roots: {
      type: 'text',
      value: 'file|folder',
      help: 'The trusted roots: a file, files with commas between them, or a folder. The roots of the system if left out.',
    },
    verbose: { type: 'boolean', aliases: ['v'], help: 'Say what was checked.' },
    ...later,
  },
  async run({ positional: [path = ''], flags, io }) {
    refuseNotOffered(flags, later)
    if (isRemote(path)) throw notOfferedYet(`reading a certificate from ${path}`)
    const [leaf, ...intermediates] = parseChain((await readInput(io, path)).toString(), path)
    const roots = await loadRootBundle(io, flags.roots)
    try {
      verifyCertificatePath(leaf, {
        roots,
        intermediates,
        now: io.now(),
        usage: 'any',
        ...(flags.host === undefined ? {} : { host: flags.host }),
      })
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error
      throw new CommandError(
        'verification_failed',
        `failed to verify certificate: x509: ${describeFailure(error, leaf, flags.host, io.now())}`,
        { cause: error, hint: hintAtRoots(error, flags.roots) },
      )
    }
    if (flags.verbose) {
      writeResult(io, 'certificate validated against roots\n')
      if (flags.host !== undefined) writeResult(io, 'certificate host name validated\n')
      writeResult(io, 'certficiate is valid\n')
    }
    return 0
  },
})

function parseChain(text: string, path: string): readonly [Certificate, ...Certificate[]] {
  const blocks = parseNamed(path, () => parsePem(text))
  if (blocks.length === 0) {
    throw new CommandError('certificate_unfit', `${path} contains an invalid PEM block`)
  }
  const [leaf, ...others] = blocks
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ octets }) => parseNamed(path, () => parseCertificate(octets)))
  if (leaf === undefined) {
    throw new CommandError('certificate_unfit', `${path} contains no PEM certificate blocks`)
  }
  return [leaf, ...others]
}

/** Without `--roots` the system's are trusted, which seldom know the CA. */
function hintAtRoots(error: ProfileError, roots: string | undefined): string | undefined {
  const isUnknown = 'reason' in error && error.reason === 'unknown_authority'
  return isUnknown && roots === undefined ? "name the CA's root with --roots FILE" : undefined
}

/** Says in Go's words why there is no path. */
function describeFailure(
  error: ProfileError,
  leaf: Certificate,
  host: string | undefined,
  now: Date,
): string {
  switch ('reason' in error ? error.reason : undefined) {
    case 'unknown_authority':
      return 'certificate signed by unknown authority'
    case 'expired':
      return `certificate has expired or is not yet valid: ${error.message}`
    case 'not_yet_valid':
      return `certificate has expired or is not yet valid: current time ${seconds(now)} is before ${seconds(leaf.validity.notBefore)}`
    case 'name_mismatch':
      return describeNameMismatch(leaf, host ?? '')
    case 'usage':
      return 'certificate specifies an incompatible key usage'
    case 'path_length':
      return 'too many intermediates for path length constraint'
    case 'critical_extension':
      return 'unhandled critical extension'
    default:
      return error.message
  }
}

function describeNameMismatch({ subjectAltNames }: Certificate, host: string): string {
  const type = isIP(host) === 0 ? 'dns' : 'ip'
  const names = subjectAltNames.filter((name) => name.type === type).map(({ value }) => value)
  if (names.length > 0) return `certificate is valid for ${names.join(', ')}, not ${host}`
  return type === 'ip'
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}

function seconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

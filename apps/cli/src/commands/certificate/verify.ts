import {
  type Certificate,
  formatName,
  ProfileError,
  parseCertificate,
  parsePem,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import { parseNamed } from '../../certificates/named-file.ts'
import { describePathFailure } from '../../certificates/path-failure.ts'
import { loadRemoteChain } from '../../certificates/remote.ts'
import { isRemote, remoteFlags } from '../../certificates/remote-address.ts'
import { loadRootBundle } from '../../certificates/root-bundle.ts'
import { readInput } from '../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { writeResult } from '../../framework/report.ts'

const later = notOfferedFlags({
  text: ['issuing-ca', 'crl-endpoint', 'ocsp-endpoint'],
  boolean: ['verify-crl', 'verify-ocsp', 'insecure'],
})

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> [--host=<host>]',
  summary: 'verify a certificate',
  description:
    'mayfly certificate verify checks the path from the first certificate of a file or a server, by the others there, to a trusted root. It prints nothing when all is well.',
  example: '$ mayfly certificate verify foo.crt --roots root_ca.crt --host foo.local',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    host: { type: 'text', value: 'host', help: 'The name that the certificate must be good for.' },
    verbose: { type: 'boolean', aliases: ['v'], help: 'Say what was checked.' },
    ...remoteFlags,
    roots: {
      ...remoteFlags.roots,
      help: 'The roots that the path must lead to: a file, files with commas between them, or a folder. The roots of the system if left out.',
    },
    ...later,
  },
  async run({ positional: [path = ''], flags, io }) {
    refuseNotOffered(flags, later)
    const chain = isRemote(path)
      ? await loadRemoteChain(io, path, { ...flags, insecure: false })
      : parseChain((await readInput(io, path)).toString(), path)
    const [leaf, ...intermediates] = chain
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
        `failed to verify certificate: x509: ${describePathFailure(error, leaf, { host: flags.host, now: io.now() })}`,
        { cause: error, hint: hintAtPath(error, { chain, roots, path: flags.roots }) },
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

/** Without `--roots` the system's are trusted, which seldom know the CA; with them it is an intermediate that lacks. */
function hintAtPath(
  error: ProfileError,
  { chain, roots, path }: UntrustedPath,
): string | undefined {
  if (!('reason' in error) || error.reason !== 'unknown_authority') return undefined
  if (path === undefined) return "name the CA's root with --roots FILE"
  const known = new Set([...chain, ...roots].map(({ subject }) => formatName(subject)))
  const missing = chain.map(({ issuer }) => formatName(issuer)).find((name) => !known.has(name))
  if (missing === undefined) return undefined
  return `its issuer, ${missing}, is neither behind it nor in ${path}; 'mayfly certificate bundle' puts an intermediate there`
}

interface UntrustedPath {
  readonly chain: readonly Certificate[]
  readonly roots: readonly Certificate[]
  /** What `--roots` said. */
  readonly path: string | undefined
}

import type { Pkcs12Contents } from '@mayfly/keystore-hsm/pkcs12'
import {
  type Certificate,
  certificateFingerprint,
  equalCertificates,
  formatName,
} from '@mayfly/x509-profiles'
import { forceFlag } from '../../ca/force-flag.ts'
import { loadKeyPair } from '../../ca/key-pair.ts'
import { loadChain } from '../../certificates/issuer-file.ts'
import { assertPasswordFlags, newPasswordFlags } from '../../certificates/new-password.ts'
import { assertKeepsInputs } from '../../files/distinct-files.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import { newPassword } from '../../keys/new-key-password.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<p12-path> [<crt-path>] [<key-path>]',
  summary: 'package a certificate and keys into a .p12 file',
  description:
    'mayfly certificate p12 writes a PKCS #12 file for programs that want one: a certificate with its key and issuers, or with --ca alone a trust store.',
  example: `$ mayfly certificate p12 foo.p12 foo.crt foo.key --ca root_ca.crt
$ mayfly certificate p12 trust.p12 --ca root_ca.crt`,
  positional: { minimum: 1, maximum: 3 },
  flags: {
    ca: {
      type: 'text',
      value: 'file',
      repeatable: true,
      help: "The certificate of a CA to put in; all of the file's.",
    },
    ...newPasswordFlags,
    legacy: {
      type: 'boolean',
      help: 'Use triple DES and SHA-1, for programs that know nothing better.',
    },
    insecure: { type: 'boolean', help: 'Allows --no-password.' },
    ...forceFlag,
  },
  async run({ positional, usage, flags, io }) {
    const [path = '', certificatePath, keyPath] = positional
    assertPasswordFlags(flags)
    if (certificatePath !== undefined && keyPath === undefined) {
      throw new CommandError(
        'arguments_wrong',
        `missing positional argument <key_file> in '${usage}'`,
      )
    }
    if (certificatePath === undefined && flags.ca.length === 0) {
      throw new CommandError(
        'flag_missing',
        "flag '--ca' must be provided when no <crt_path> and <key_path> are present",
      )
    }
    assertKeepsInputs(path, [certificatePath, keyPath, ...flags.ca])
    const authorities = await loadAuthorities(io, flags.ca)
    const contents =
      certificatePath === undefined || keyPath === undefined
        ? trustStore(authorities)
        : await loadIdentity(io, { certificatePath, keyPath, authorities })
    const password = await newPassword(io, flags, {
      label: 'Please enter a password to encrypt the .p12 file',
      what: 'the password of the .p12 file',
    })
    await confirmOverwrite(io, path, flags)
    await using file = await reserveOutputFile(path)
    const { encodePkcs12 } = await import('@mayfly/keystore-hsm/pkcs12')
    const strength = flags.legacy ? 'legacy' : 'modern'
    await file.fill(await encodePkcs12(contents, { password: password ?? '', strength }))
    await file.publish()
    reportLine(io, `Your .p12 bundle has been saved as ${path}.`)
    return 0
  },
})

async function loadAuthorities(io: Io, paths: readonly string[]): Promise<readonly Certificate[]> {
  const chains: Certificate[] = []
  for (const path of paths) {
    try {
      chains.push(...(await loadChain(io, path)))
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'file_unreadable') throw error
      const message = `error reading CA certificate: ${error.message}`
      throw new CommandError(error.code, message, { cause: error })
    }
  }
  return unique(chains)
}

async function loadIdentity(
  io: Io,
  {
    certificatePath,
    keyPath,
    authorities,
  }: {
    readonly certificatePath: string
    readonly keyPath: string
    readonly authorities: readonly Certificate[]
  },
): Promise<Pkcs12Contents> {
  const { certificate, chain, privateKey } = await loadKeyPair(io, certificatePath, keyPath, {
    passwordFile: undefined,
    certificateFailure: (path, reason) =>
      `error reading certificate: error reading "${path}": ${reason}`,
    keyFailure: (path, reason) => `error reading key: error reading "${path}": ${reason}`,
  })
  const issuers = unique([...chain, ...authorities]).filter(
    (other) => !equalCertificates(other, certificate),
  )
  return {
    type: 'identity',
    privateKey,
    certificates: [certificate.der, ...issuers.map(({ der }) => der)],
  }
}

/** Names must differ for readers that show one certificate a name. */
function trustStore(authorities: readonly Certificate[]): Pkcs12Contents {
  const anchors = authorities.map((certificate) => ({
    certificate: certificate.der,
    friendlyName: `${formatName(certificate.subject)} - ${certificateFingerprint(certificate)}`,
  }))
  return { type: 'trust store', anchors }
}

function unique(certificates: readonly Certificate[]): readonly Certificate[] {
  return certificates.filter(
    (one, index) => certificates.findIndex((other) => equalCertificates(one, other)) === index,
  )
}

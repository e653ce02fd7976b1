import type { JsonObject } from '@mayfly/authority-core/config'
import {
  encodeCertificatePem,
  ProfileError,
  parseCertificate,
  parsePem,
} from '@mayfly/x509-profiles'
import { errorReading, readInput } from '../../files/input-file.ts'
import { CommandError } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'

/** The flags of an X5C provisioner. */
export const x5cFlags = {
  'x5c-roots': {
    type: 'text',
    value: 'file',
    aliases: ['x5c-root'],
    help: 'With --type X5C, the PEM file of the roots that the certificates of its tokens lead to.',
  },
} as const

interface X5cFlagValues {
  readonly 'x5c-roots': string | undefined
}

/**
 * Returns the members of a new X5C provisioner.
 *
 * @throws {CommandError} `flag_missing`, `file_unreadable`, `certificate_unfit`
 */
export async function loadX5cMembers(
  io: Io,
  { 'x5c-roots': path }: X5cFlagValues,
): Promise<JsonObject> {
  if (path !== undefined) {
    return { roots: await loadBundle(io, path, `error loading X5C Root certificates from ${path}`) }
  }
  throw new CommandError('flag_missing', "'--type x5c' requires the '--x5c-roots' flag")
}

/**
 * Reads a file of certificates, PEM or DER, into the form that provisioners hold them in: base64 of their PEM.
 *
 * @throws {CommandError} `file_unreadable`, `certificate_unfit`; `failure` stands before what is wrong.
 */
export async function loadBundle(io: Io, path: string, failure: string): Promise<string> {
  const octets = await readInput(
    io,
    path,
    (name, reason) => `${failure}: ${errorReading(name, reason)}`,
  )
  try {
    const blocks = octets.includes('-----BEGIN ')
      ? parsePem(octets.toString())
          .filter(({ label }) => label === 'CERTIFICATE')
          .map((block) => block.octets)
      : [new Uint8Array(octets)]
    const certificates = blocks.map((der) => parseCertificate(der))
    if (certificates.length > 0) {
      return Buffer.from(certificates.map(encodeCertificatePem).join('')).toString('base64')
    }
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    const message = `${failure}: error parsing ${path}: ${cause.message}`
    throw new CommandError('certificate_unfit', message, { cause })
  }
  throw new CommandError(
    'certificate_unfit',
    `${failure}: error parsing ${path}: does not contain a valid PEM encoded certificate`,
  )
}

import {
  type CertificationRequest,
  findCommonName,
  type GeneralName,
  guessGeneralName,
  parseCertificationRequest,
  parsePem,
  verifyCertificationRequest,
} from '@mayfly/x509-profiles'
import { errorReading, readInput } from '../files/input-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { parseNamed } from './named-file.ts'

/**
 * Reads the one CSR of a PEM file and proves its signature; `invalid` is what is said when it does not hold.
 *
 * @throws {CommandError} `file_unreadable`, `certificate_unfit`
 * @throws {ProfileError} `key_unsupported`, `key_too_weak`
 */
export async function loadSignedRequest(
  io: Io,
  path: string,
  { invalid }: { readonly invalid: string },
): Promise<CertificationRequest> {
  const text = (await readInput(io, path, errorReading)).toString()
  const [block, second] = text.includes('-----BEGIN ') ? parseNamed(path, () => parsePem(text)) : []
  if (block === undefined) throw unfit(`error decoding ${path}: not a valid PEM encoded block`)
  if (second !== undefined) {
    throw unfit(`error decoding ${path}: contains more than one PEM encoded block`)
  }
  if (!requestLabels.has(block.label)) {
    throw unfit(`error parsing ${path}: file is not a certificate request`)
  }
  const csr = parseNamed(path, () => parseCertificationRequest(block.octets))
  try {
    verifyCertificationRequest(csr)
  } catch (cause) {
    if (isInvalidSignature(cause)) throw unfit(invalid, cause)
    throw cause
  }
  return csr
}

/** The names that a CSR asks for; without any its common name, unless that is to be left alone. */
export function requestedNames(
  csr: CertificationRequest,
  { omitCommonName }: { readonly omitCommonName: boolean },
): readonly GeneralName[] {
  const commonName = findCommonName(csr.subject)
  if (csr.subjectAltNames.length > 0 || omitCommonName || !commonName) return csr.subjectAltNames
  return [guessGeneralName(commonName)]
}

function isInvalidSignature(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'certificate_request_signature_invalid'
  )
}

function unfit(message: string, cause?: unknown): CommandError {
  return new CommandError('certificate_unfit', message, { cause })
}

const requestLabels: ReadonlySet<string> = new Set([
  'CERTIFICATE REQUEST',
  'NEW CERTIFICATE REQUEST',
])

import { createSigner } from '@mayfly/keystore-hsm'
import { type Certificate, type Issuer, parseCertificate, parsePem } from '@mayfly/x509-profiles'
import { loadLeafKey } from '../ca/key-pair.ts'
import { errorReading, readInput } from '../files/input-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { parseNamed } from './named-file.ts'

/** Where an issuer's certificate and key are. */
export interface IssuerFiles {
  readonly certificatePath: string
  readonly keyPath: string
  readonly passwordFile: string | undefined
}

/**
 * Loads an issuer, its certificate being the first of its file, and all certificates of that file.
 *
 * Whether the key is the certificate's, and the certificate an authority's, issuing tells.
 *
 * @throws {CommandError} `file_unreadable`, `certificate_unfit`
 */
export async function loadIssuer(
  io: Io,
  { certificatePath, keyPath, passwordFile }: IssuerFiles,
): Promise<{ readonly issuer: Issuer; readonly chain: readonly Certificate[] }> {
  const chain = await loadChain(io, certificatePath)
  const [certificate] = chain
  const privateKey = await loadLeafKey(io, keyPath, { passwordFile })
  return { issuer: { certificate, signer: createSigner(privateKey) }, chain }
}

/**
 * Refuses a file with more than one PEM block, where exactly one certificate is meant.
 *
 * @throws {CommandError} `certificate_unfit`
 */
export function assertOneCertificate(chain: readonly Certificate[], path: string): void {
  if (chain.length === 1) return
  const message = `error decoding ${path}: contains more than one PEM encoded block`
  throw new CommandError('certificate_unfit', message)
}

/**
 * Reads the one certificate of a PEM file.
 *
 * @throws {CommandError} `file_unreadable`, `certificate_unfit`
 */
export async function loadOneCertificate(io: Io, path: string): Promise<Certificate> {
  const chain = await loadChain(io, path)
  assertOneCertificate(chain, path)
  return chain[0]
}

/**
 * Reads the certificates of a PEM file; there is one at least.
 *
 * @throws {CommandError} `file_unreadable`, `certificate_unfit`
 */
export async function loadChain(
  io: Io,
  path: string,
): Promise<readonly [Certificate, ...Certificate[]]> {
  const text = (await readInput(io, path, errorReading)).toString()
  const [first, ...others] = parseNamed(path, () => parsePem(text))
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ octets }) => parseNamed(path, () => parseCertificate(octets)))
  if (first !== undefined) return [first, ...others]
  throw new CommandError(
    'certificate_unfit',
    `error parsing ${path}: does not contain a valid PEM encoded certificate`,
  )
}

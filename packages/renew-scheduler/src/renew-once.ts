import type { KeyObject } from 'node:crypto'
import { encodeChainPem, loadChain, replaceCertificateFile } from './internal/certificate-file.ts'
import { renewCertificate } from './internal/exchange.ts'
import type { RenewalClient, Renewed } from './renewal-client.ts'

export interface RenewOnceOptions {
  /** The PEM file with the certificate and its intermediates. */
  readonly certificatePath: string
  readonly privateKey: KeyObject
  readonly client: RenewalClient
  /** Where the new certificate goes, default `certificatePath`. */
  readonly out?: string | undefined
  /** How the PEM is written to its path, default whole, by a rename. */
  readonly writeFile?: ((path: string, contents: string) => Promise<void>) | undefined
  /** False sends a signed token instead of showing the certificate; an expired one always does. */
  readonly mutualTls?: boolean | undefined
  readonly now: () => Date
}

/**
 * Renews the certificate of a file, whose key stays. The file is replaced as a whole, and only by a
 * certificate that can take its place; at any failure it is as it was. A new file has mode 0600, an
 * existing one keeps mode and owner.
 *
 * @throws {RenewalError}
 * @throws {CaClientError} when the CA cannot be asked or refuses.
 */
export async function renewOnce(options: RenewOnceOptions): Promise<Renewed> {
  const { certificatePath, out = certificatePath, writeFile = replaceCertificateFile } = options
  const { privateKey, now } = options
  const certificateChain = await loadChain(certificatePath)
  const { certificate, chain } = await renewCertificate(
    { certificateChain, privateKey, now },
    options,
  )
  await writeFile(out, encodeChainPem(chain))
  return { certificate, chain }
}

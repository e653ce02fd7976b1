import { readFile } from 'node:fs/promises'
import { type Certificate, parseCertificate, parseCertificatePem } from '@mayfly/x509-profiles'
import { describeFileError, HostError, prefixOf } from './errors.ts'

/**
 * Reads the certificates of a file: a PEM bundle, or one certificate in DER. At least one. A refusal names the `member`
 * of `ca.json` that named the file.
 *
 * @throws {HostError} `certificate_unreadable`.
 */
export async function loadCertificates(
  path: string,
  { member }: { member?: string } = {},
): Promise<[Certificate, ...Certificate[]]> {
  const octets = await read(path, member)
  try {
    // A DER SEQUENCE begins with 0x30, which no PEM file does.
    const [first, ...others] =
      octets[0] === 0x30 ? [parseCertificate(octets)] : parseCertificatePem(octets.toString('utf8'))
    if (first === undefined) throw new Error('it holds no certificate')
    return [first, ...others]
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new HostError(
      'certificate_unreadable',
      `${prefixOf(member)}error reading ${path}: ${reason}`,
      { cause },
    )
  }
}

async function read(path: string, member: string | undefined): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const reason = describeFileError(cause)
    throw new HostError(
      'certificate_unreadable',
      `${prefixOf(member)}open ${path} failed: ${reason}`,
      { cause },
    )
  }
}

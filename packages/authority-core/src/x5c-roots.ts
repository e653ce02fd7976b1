import { type Certificate, parseCertificate, parsePem } from '@mayfly/x509-profiles'

/**
 * Reads what an X5C provisioner trusts: certificates in PEM, the text as a whole in base64.
 *
 * @throws {TypeError} whose message says what is wrong with the member `roots`.
 * @throws {ProfileError} when the text is not PEM, or one of the certificates cannot be read.
 */
export function parseX5cRoots(roots: string): readonly Certificate[] {
  if (roots === '') throw new TypeError('roots: is empty, give the certificates to trust')
  const pem = Buffer.from(roots, 'base64')
  if (pem.toString('base64') !== roots) throw new TypeError('roots: is not base64')
  const certificates = parsePem(pem.toString('utf8')).map(({ label, octets }) => {
    if (label === 'CERTIFICATE') return parseCertificate(octets)
    throw new TypeError(`roots: holds a ${label}, which is not a certificate`)
  })
  if (certificates.length === 0) throw new TypeError('roots: holds no certificate')
  return certificates
}

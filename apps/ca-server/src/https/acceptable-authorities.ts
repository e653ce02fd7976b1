import { createPublicKey } from 'node:crypto'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Ambient,
  type Certificate,
  encodeCertificatePem,
  issueRoot,
  rootProfile,
} from '@mayfly/x509-profiles'

/**
 * Returns certificates, PEM, by which a listener names the authorities whose client certificates are acceptable
 * (RFC 8446 §4.2.4) without trusting them: they carry the names, and a key that is thrown away.
 *
 * Were it the authorities' own certificates, OpenSSL would verify each client, to no use, since routes judge anew; and
 * Node shows the certificates that a client sent above its leaf only when OpenSSL has not verified them. The key is
 * Ed25519, so that OpenSSL does not even try it on a client certificate signed by ECDSA or RSA that names no key of its
 * issuer: a signature that does not fit would end a connection of TLS 1.2 without an answer.
 */
export async function createNameBearers(
  authorities: readonly Certificate[],
  ambient: Ambient,
): Promise<readonly string[]> {
  const privateKey = await generatePrivateKey({ kty: 'OKP', crv: 'Ed25519' })
  const signer = createSigner(privateKey)
  const subjectPublicKeyInfo = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const now = ambient.now().getTime()
  const validity = { notBefore: new Date(now), notAfter: new Date(now + 86_400_000) }
  const bearers = authorities.map(({ subject }) =>
    issueRoot(
      { subject, subjectAltNames: [], subjectPublicKeyInfo, validity },
      rootProfile,
      signer,
      ambient,
    ),
  )
  return (await Promise.all(bearers)).map(encodeCertificatePem)
}

import type { Issued } from '@mayfly/authority-core'
import type { TlsConfiguration } from '@mayfly/authority-core/config'
import { type Certificate, encodeCertificatePem } from '@mayfly/x509-profiles'
import { type Answer, answerJson } from '../http/answer.ts'
import { describeCertificate } from '../log/certificate-fields.ts'

/** The answer to sign, renew and rekey. */
export function answerIssued(issued: Issued, tls: TlsConfiguration): Answer {
  const [leaf, ...issuers] = issued.chain
  const certChain = issued.chain.map((certificate) =>
    certificate === leaf ? encodeCertificatePem(certificate) : encodeOnce(certificate),
  )
  const { cipherSuites, minVersion, maxVersion, renegotiation } = tls
  return answerJson(
    201,
    {
      crt: certChain[0],
      ca: issuers.length === 0 ? null : certChain[1],
      certChain,
      tlsOptions: { cipherSuites, minVersion, maxVersion, renegotiation },
    },
    describeCertificate(issued.certificate, issued.provisioner),
  )
}

/** The issuing certificates are the same in every answer. */
function encodeOnce(certificate: Certificate): string {
  const pem = encoded.get(certificate) ?? encodeCertificatePem(certificate)
  encoded.set(certificate, pem)
  return pem
}

const encoded = new WeakMap<Certificate, string>()

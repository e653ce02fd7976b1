import type { ParsedToken } from '@mayfly/jwt-tokens'
import { type CertificationRequest, encodeCertificationRequestPem } from '@mayfly/x509-profiles'
import type { Io } from '../io.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import { encodeChainPem } from './certificate-chain.ts'
import { withTokenHint } from './refused-token.ts'
import type { loadTemplateData } from './template-data.ts'

/** What is sent to the CA with the token. */
export interface SigningRequest {
  readonly client: CertificateAuthority
  readonly csr: CertificationRequest
  readonly token: ParsedToken
  readonly validity: { readonly notBefore?: string; readonly notAfter?: string }
  readonly templateData: Awaited<ReturnType<typeof loadTemplateData>>
}

/** Spends a one-time token on a certificate and returns it with its intermediates, PEM. */
export async function requestChainForToken(
  io: Io,
  { client, csr, token, validity, templateData }: SigningRequest,
): Promise<string> {
  const { chain } = await withTokenHint(io, token, () =>
    client.sign({
      csr: encodeCertificationRequestPem(csr),
      oneTimeToken: token.text,
      ...validity,
      ...(templateData === undefined ? {} : { templateData }),
    }),
  )
  return encodeChainPem(chain)
}

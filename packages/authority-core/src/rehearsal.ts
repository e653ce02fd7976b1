import { type CertificateFields, parseTbsCertificate } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import type { IssuanceDecision } from './issuance-decision.ts'
import { issueDecided } from './sign.ts'

/**
 * Does all that comes before the signature of a certificate that was decided, every check of its octets included, and
 * returns what would be signed.
 *
 * @throws {AuthorityError | ProfileError} as issuing it.
 */
export async function rehearse(
  state: AuthorityState,
  decision: IssuanceDecision,
): Promise<CertificateFields> {
  const { algorithm, publicKey } = state.issuer.signer
  const signer = {
    algorithm,
    publicKey,
    sign: async (tbsCertificate: Uint8Array): Promise<never> => {
      throw new Reached(tbsCertificate)
    },
  }
  try {
    await issueDecided({ ...state, issuer: { ...state.issuer, signer } }, decision)
  } catch (error) {
    if (error instanceof Reached) return parseTbsCertificate(error.tbsCertificate)
    throw error
  }
  throw new TypeError('a certificate was issued without being signed')
}

/** The rehearsal has come to the signature, which it does not make. */
class Reached extends Error {
  readonly tbsCertificate: Uint8Array

  constructor(tbsCertificate: Uint8Array) {
    super('the rehearsal ends before the signature')
    this.tbsCertificate = tbsCertificate
  }
}

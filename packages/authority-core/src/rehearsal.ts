import { type CertificateFields, parseTbsCertificate, type Signer } from '@mayfly/x509-profiles'
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
  const { issuer } = state
  const signer = createRehearsalSigner(issuer.signer)
  try {
    await issueDecided({ ...state, issuer: { ...issuer, signer } }, decision)
  } catch (error) {
    if (error instanceof Reached) return parseTbsCertificate(error.tbsCertificate)
    throw error
  }
  throw new TypeError('a certificate was issued without being signed')
}

/** Stands in for `signer`, with the same algorithms. */
function createRehearsalSigner(signer: Signer): Signer {
  return {
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    sign: async (tbsCertificate) => {
      throw new Reached(tbsCertificate)
    },
    withAlgorithm: (algorithm) => {
      const other = signer.withAlgorithm?.(algorithm)
      return other && createRehearsalSigner(other)
    },
  }
}

/** The rehearsal has come to the signature, which it does not make. */
class Reached extends Error {
  readonly tbsCertificate: Uint8Array

  constructor(tbsCertificate: Uint8Array) {
    super('the rehearsal ends before the signature')
    this.tbsCertificate = tbsCertificate
  }
}

import {
  type Certificate,
  publicKeyOf,
  type Signer,
  signatureAlgorithmsOf,
} from '@mayfly/x509-profiles'
import { HostError } from './errors.ts'

/**
 * Stands where the key of an issuing certificate would, for an authority that is not to sign anything: it has no private
 * key, so nothing it is asked to sign can be.
 *
 * @throws {ProfileError} when the certificate's key is of a kind that nobody signs with.
 */
export function createKeylessSigner(certificate: Certificate): Signer {
  const publicKey = publicKeyOf(certificate)
  const algorithms = signatureAlgorithmsOf(publicKey)
  const createFor = (algorithm: Signer['algorithm']): Signer => ({
    algorithm,
    publicKey,
    sign: async () => {
      throw new HostError('key_not_loaded', 'nothing can be signed: the key was not loaded')
    },
    withAlgorithm: (other) => (algorithms.includes(other) ? createFor(other) : undefined),
  })
  const [usual] = algorithms
  if (usual === undefined) throw new TypeError('a key that may be certified signs with nothing')
  return createFor(usual)
}

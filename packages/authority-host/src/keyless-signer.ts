import type { KeyObject } from 'node:crypto'
import { type Certificate, publicKeyOf, type Signer } from '@mayfly/x509-profiles'
import { HostError } from './errors.ts'

/**
 * Stands where the key of an issuing certificate would, for an authority that is not to sign anything: it has no private
 * key, so nothing it is asked to sign can be.
 *
 * @throws {ProfileError} when the certificate's key is of a kind that nobody signs with.
 */
export function createKeylessSigner(certificate: Certificate): Signer {
  const publicKey = publicKeyOf(certificate)
  return {
    algorithm: algorithmOf(publicKey),
    publicKey,
    sign: async () => {
      throw new HostError('key_not_loaded', 'nothing can be signed: the key was not loaded')
    },
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Signer['algorithm'] {
  if (asymmetricKeyType === 'ed25519') return 'Ed25519'
  if (asymmetricKeyType === 'rsa') return 'RS256'
  return algorithmByCurve.get(asymmetricKeyDetails?.namedCurve ?? '') ?? 'ES256'
}

const algorithmByCurve = new Map<string, Signer['algorithm']>([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
])

import { createSigner, encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
} from '@mayfly/x509-profiles'

/** The name that every measured certificate carries. */
export const measuredName = 'bench.internal'

/** One caller's key and its certification request, made once: making them is not what is measured. */
export interface Identity {
  readonly privateKey: string
  readonly certificationRequest: string
}

export function createIdentities(count: number): Promise<Identity[]> {
  return Promise.all(Array.from({ length: count }, createIdentity))
}

async function createIdentity(): Promise<Identity> {
  const privateKey = await generatePrivateKey()
  const csr = await createCertificationRequest({
    subject: createName({ commonName: measuredName }),
    subjectAltNames: [{ type: 'dns', value: measuredName }],
    signer: createSigner(privateKey),
  })
  return {
    privateKey: await encodePrivateKeyPem(privateKey),
    certificationRequest: encodeCertificationRequestPem(csr),
  }
}

import type { KeyObject } from 'node:crypto'
import type { Issued, PresentedCertificate, RenewalCredential } from '@mayfly/authority-core'
import { createRenewalToken, type RenewalTokenOptions } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import { createRequest, type TestAuthority } from './authority.ts'

/** A certificate that was issued, with its private key. */
export interface Leaf extends Issued {
  readonly key: KeyObject
}

/** Issues a certificate whose key the test holds. */
export async function issueLeaf(ca: TestAuthority, notAfter = '1h'): Promise<Leaf> {
  const key = await generatePrivateKey()
  const certificationRequest = await createRequest({
    commonName: 'web.internal',
    signer: createSigner(key),
  })
  return { ...(await ca.sign({ certificationRequest, notAfter })), key }
}

/** The credential of mutual TLS: the certificate, and what the peer sent along. */
export function shown({
  certificate,
  chain,
}: Issued): { readonly kind: 'certificate' } & PresentedCertificate {
  return { kind: 'certificate', certificate, chain: chain.slice(1) }
}

/** The credential of the token form, as step makes it. */
export async function renewalToken(
  ca: TestAuthority,
  { certificate, chain, key }: Leaf,
  options: Partial<RenewalTokenOptions> = {},
): Promise<Extract<RenewalCredential, { kind: 'token' }>> {
  const token = await createRenewalToken({
    key,
    chain: chain.map(({ der }) => der),
    subject: certificate.subjectAltNames[0]?.value ?? '',
    audience: 'https://ca.internal/1.0/renew',
    now: ca.clock.now,
    ...options,
  })
  return { kind: 'token', token }
}

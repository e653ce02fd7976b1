import { randomBytes } from 'node:crypto'
import {
  type Ambient,
  type Certificate,
  createName,
  type IssuanceRequest,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  rootProfile,
} from '../../src/index.ts'
import { createTestSigner, type TestKeyType, type TestSigner } from './signers.ts'

/** The moment at which all certificates of the tests are made. */
export const now: Date = new Date('2026-11-23T08:18:35Z')

export const ambient: Ambient = {
  now: () => now,
  random: (length) => new Uint8Array(randomBytes(length)),
}

export interface TestAuthority {
  readonly root: Certificate
  readonly rootIssuer: Issuer
  readonly intermediate: Certificate
  readonly issuer: Issuer
}

/** A root and an intermediate below it, both of the key type. */
export async function createTestAuthority(type: TestKeyType = 'P-256'): Promise<TestAuthority> {
  const rootSigner = createTestSigner(type)
  const root = await issueRoot(
    authorityRequest('Demo Root CA', rootSigner),
    rootProfile,
    rootSigner,
    ambient,
  )
  const rootIssuer = { certificate: root, signer: rootSigner }
  const signer = createTestSigner(type)
  const intermediate = await issue(
    authorityRequest('Demo Intermediate CA', signer),
    intermediateProfile,
    rootIssuer,
    ambient,
  )
  return { root, rootIssuer, intermediate, issuer: { certificate: intermediate, signer } }
}

export function authorityRequest(commonName: string, signer: TestSigner): IssuanceRequest {
  return {
    subject: createName({ organization: 'Demo', commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: signer.subjectPublicKeyInfo,
    validity: validityOfDays(3650),
  }
}

export function validityOfDays(days: number): IssuanceRequest['validity'] {
  return { notBefore: now, notAfter: new Date(now.getTime() + days * 86_400_000) }
}

/** A request for web.internal for one day, changed as the test says. */
export function leafRequest(
  subjectPublicKeyInfo: Uint8Array,
  changes: Partial<IssuanceRequest> = {},
): IssuanceRequest {
  return {
    subject: createName({ commonName: 'web.internal' }),
    subjectAltNames: [{ type: 'dns', value: 'web.internal' }],
    subjectPublicKeyInfo,
    validity: validityOfDays(1),
    ...changes,
  }
}

import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import type {
  CertificateOrder,
  CertificateOutcome,
  CertificateRevocation,
  IssuancePort,
  IssuedCertificate,
} from '@mayfly/acme-protocol'
import type { Store } from '@mayfly/db-adapters'
import {
  type Certificate,
  createCertificationRequest,
  createName,
  encodeCertificatePem,
  type GeneralName,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  parseCertificate,
  parseCertificationRequest,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'

/** An authority that issues and keeps certificates as the real one, and can be told to misbehave. */
export interface TestAuthority extends IssuancePort {
  readonly orders: CertificateOrder[]
  /** Done before the next issuance, once. */
  before: (() => Promise<void>) | undefined
}

const day = 86_400_000

/** Creates a root, an intermediate and an authority over a store. */
export async function createTestAuthority(store: Store, now: () => Date): Promise<TestAuthority> {
  const ambient = { now, random: (length: number) => new Uint8Array(randomBytes(length)) }
  const validity = {
    notBefore: new Date(now().getTime() - day),
    notAfter: new Date(now().getTime() + 3650 * day),
  }
  const holderOf = (commonName: string, { publicKey }: Signer) => ({
    subject: createName({ commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: spkiOf(publicKey),
    validity,
  })
  const rootSigner = signerOf(generateKey())
  const root = await issueRoot(holderOf('Test Root', rootSigner), rootProfile, rootSigner, ambient)
  const signer = signerOf(generateKey())
  const intermediate = await issue(
    holderOf('Test Intermediate', signer),
    intermediateProfile,
    { certificate: root, signer: rootSigner },
    ambient,
  )
  const issuer: Issuer = { certificate: intermediate, signer }
  const orders: CertificateOrder[] = []
  const authority: TestAuthority = {
    orders,
    before: undefined,
    issue: async (order): Promise<CertificateOutcome> => {
      orders.push(order)
      const { before } = authority
      authority.before = undefined
      await before?.()
      const certificate = await issueLeaf(order, issuer, ambient)
      const { status } = await store.commitIssuance(unitOf(order, certificate, now()))
      switch (status) {
        case 'committed':
          return { status: 'issued' }
        case 'order_lost':
        case 'nonce_spent':
          return { status }
        default:
          throw new Error(`the store said ${status}`)
      }
    },
    findCertificate: async (serialNumber): Promise<IssuedCertificate | undefined> => {
      const record = await store.findCertificate(serialNumber)
      const revocation = await store.findRevocation(serialNumber)
      const revoked = revocation === undefined ? {} : { revokedAt: revocation.revokedAt }
      return record === undefined ? undefined : { der: record.der, ...revoked }
    },
    findChains: async (der) => {
      const usual = [parseCertificate(der), intermediate]
      return [usual, [...usual, root]].map((chain) => chain.map(encodeCertificatePem).join(''))
    },
    revoke: async (revocation) => {
      const { status } = await store.commitRevocation(revocationUnitOf(revocation, now()))
      return status === 'revoked' ? 'revoked' : 'already_revoked'
    },
  }
  return authority
}

/** A P-256 key. */
export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

/** What a request of the tests names. */
export interface CsrNames {
  readonly commonName?: string
  readonly names: readonly GeneralName[]
}

/** A request in base64url. */
export async function createCsr(
  { commonName, names }: CsrNames,
  key: KeyObject = generateKey(),
): Promise<string> {
  const subject = createName(commonName === undefined ? {} : { commonName })
  const signer = signerOf(key)
  const csr = await createCertificationRequest({ subject, subjectAltNames: names, signer })
  return Buffer.from(csr.der).toString('base64url')
}

async function issueLeaf(
  { csrDer, identifiers, notBefore, notAfter }: CertificateOrder,
  issuer: Issuer,
  ambient: { readonly now: () => Date; readonly random: (length: number) => Uint8Array },
): Promise<Certificate> {
  const start = notBefore ?? ambient.now()
  return issue(
    {
      subject: createName({}),
      subjectAltNames: identifiers.map(({ type, value }) => ({
        type: type === 'ip' ? 'ip' : 'dns',
        value,
      })),
      subjectPublicKeyInfo: parseCertificationRequest(csrDer).subjectPublicKeyInfo,
      validity: { notBefore: start, notAfter: notAfter ?? new Date(start.getTime() + day) },
    },
    leafProfile,
    issuer,
    ambient,
  )
}

function unitOf({ claim, requestId }: CertificateOrder, certificate: Certificate, at: Date) {
  const { serialNumber, der, subjectPublicKeyInfo, subjectAltNames, validity } = certificate
  return {
    claim,
    certificate: {
      serialNumber,
      der,
      subject: '',
      names: subjectAltNames.map(({ type, value }) => `${type}:${value}`),
      publicKeySha256: createHash('sha256').update(subjectPublicKeyInfo).digest(),
      provisionerId: 'acme/acme',
      provisionerName: 'acme',
      provisionerType: 'ACME',
      profile: 'leaf',
      ...validity,
      issuedAt: at,
    },
    audit: { at, action: 'sign' as const, serialNumber, provisionerId: 'acme/acme', requestId },
  }
}

function revocationUnitOf(
  { serialNumber, reasonCode, requestId }: CertificateRevocation,
  revokedAt: Date,
) {
  const provisionerId = 'acme/acme'
  return {
    revocation: {
      serialNumber,
      reasonCode,
      reason: '',
      revokedAt,
      provisionerId,
      mutualTls: false,
    },
    audit: {
      at: revokedAt,
      action: 'revoke' as const,
      serialNumber,
      provisionerId,
      requestId,
    },
  }
}

function signerOf(privateKey: KeyObject): Signer {
  return {
    algorithm: 'ES256',
    publicKey: createPublicKey(privateKey),
    sign: async (message) => sign('sha256', message, privateKey),
  }
}

function spkiOf(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
}

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import {
  createCertificationRequest,
  createName,
  encodeCertificatePem,
  guessGeneralName,
  issue,
  issueRoot,
  leafProfile,
  rootProfile,
  type Signer,
  verifyCertificationRequest,
} from '@mayfly/x509-profiles'

const ambient = { now: () => new Date(), random: (length: number) => randomBytes(length) }

function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    algorithm: 'ES256',
    publicKey,
    sign: async (message) => sign('sha256', message, privateKey),
  }
}

function validityOfHours(hours: number): { notBefore: Date; notAfter: Date } {
  const now = ambient.now()
  return { notBefore: now, notAfter: new Date(now.getTime() + hours * 3_600_000) }
}

// A root of our own.
const rootSigner = createSigner()
const root = await issueRoot(
  {
    subject: createName({ organization: 'Demo', commonName: 'Demo Root CA' }),
    subjectAltNames: [],
    subjectPublicKeyInfo: rootSigner.publicKey.export({ format: 'der', type: 'spki' }),
    validity: validityOfHours(10 * 365 * 24),
  },
  rootProfile,
  rootSigner,
  ambient,
)

// A service asks for a certificate, and proves that it holds the key.
const request = await createCertificationRequest({
  subject: createName({ commonName: 'web.internal' }),
  subjectAltNames: ['web.internal', '10.1.2.3'].map(guessGeneralName),
  signer: createSigner(),
})
verifyCertificationRequest(request)

// It gets one for a day.
const { subject, subjectAltNames, subjectPublicKeyInfo } = request
const leaf = await issue(
  { subject, subjectAltNames, subjectPublicKeyInfo, validity: validityOfHours(24) },
  leafProfile,
  { certificate: root, signer: rootSigner },
  ambient,
)
console.log(encodeCertificatePem(leaf))

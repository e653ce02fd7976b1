import { randomBytes } from 'node:crypto'
import { createAuthority } from '@mayfly/authority-core'
import { createMemoryStore } from '@mayfly/db-adapters'
import { createOneTimeToken, generateProvisionerKey } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificatePem,
  guessGeneralName,
  intermediateProfile,
  issue,
  issueRoot,
  rootProfile,
} from '@mayfly/x509-profiles'

const now = () => new Date()
const random = (length: number) => new Uint8Array(randomBytes(length))

// A root and an intermediate for ten years.
const tenYears = { notBefore: now(), notAfter: new Date(Date.now() + 3650 * 86_400_000) }
const rootSigner = createSigner(await generatePrivateKey())
const signer = createSigner(await generatePrivateKey())
const describe = (commonName: string, { publicKey }: typeof signer) => ({
  subject: createName({ commonName }),
  subjectAltNames: [],
  subjectPublicKeyInfo: publicKey.export({ format: 'der', type: 'spki' }),
  validity: tenYears,
})
const ambient = { now, random }
const root = await issueRoot(describe('Root CA', rootSigner), rootProfile, rootSigner, ambient)
const rootIssuer = { certificate: root, signer: rootSigner }
const intermediate = await issue(
  describe('Intermediate CA', signer),
  intermediateProfile,
  rootIssuer,
  ambient,
)

// Who may ask: whoever holds this key. What it gets lives an hour, unless it asks for another time.
const { publicJwk, privateJwk } = await generateProvisionerKey()
const claims = { defaultTlsSeconds: 3600 }

const authority = createAuthority({
  issuer: { certificate: intermediate, signer },
  roots: [root],
  dnsNames: ['ca.internal'],
  provisioners: [{ supported: true, type: 'JWK', name: 'ops', key: publicJwk, claims }],
  store: createMemoryStore(),
  now,
  random,
})

// A service asks, with a one-time token that grants it a name.
const oneTimeToken = await createOneTimeToken({
  key: privateJwk,
  issuer: 'ops',
  subject: 'web.internal',
  audience: 'https://ca.internal/1.0/sign',
  now,
  random,
})
const certificationRequest = await createCertificationRequest({
  subject: createName({ commonName: 'web.internal' }),
  subjectAltNames: [guessGeneralName('web.internal')],
  signer: createSigner(await generatePrivateKey()),
})
const { chain } = await authority.sign({ certificationRequest, oneTimeToken, requestId: '1' })
console.log([...chain, root].map(encodeCertificatePem).join(''))

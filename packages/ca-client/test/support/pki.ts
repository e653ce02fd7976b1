import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import {
  type Certificate,
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
  type GeneralName,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'

const hour = 3_600_000
const ambient = {
  now: () => new Date(),
  random: (length: number) => new Uint8Array(randomBytes(length)),
}

/** A root, an intermediate below it, and what the intermediate issues. */
export interface Pki {
  readonly root: Certificate
  readonly intermediate: Certificate
  issueLeaf(leaf: Leaf): Promise<Certificate>
}

interface Leaf {
  readonly commonName: string
  readonly subjectAltNames: readonly GeneralName[]
  readonly publicKey: KeyObject
  /** Hours from now, default −1 and 23. */
  readonly hours?: readonly [notBefore: number, notAfter: number]
}

export async function createPki(name = 'Test'): Promise<Pki> {
  const rootSigner = signerOf(generateKey())
  const root = await issueRoot(
    requestOf(`${name} Root CA`, rootSigner),
    rootProfile,
    rootSigner,
    ambient,
  )
  const signer = signerOf(generateKey())
  const intermediate = await issue(
    requestOf(`${name} Intermediate CA`, signer),
    intermediateProfile,
    { certificate: root, signer: rootSigner },
    ambient,
  )
  const issuer: Issuer = { certificate: intermediate, signer }
  return {
    root,
    intermediate,
    issueLeaf: ({ commonName, subjectAltNames, publicKey, hours = [-1, 23] }) =>
      issue(
        {
          subject: createName({ commonName }),
          subjectAltNames,
          subjectPublicKeyInfo: spkiOf(publicKey),
          validity: validityOf(hours),
        },
        leafProfile,
        issuer,
        ambient,
      ),
  }
}

export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

/** A request for `web.internal` in PEM. */
export async function createCsr(privateKey: KeyObject): Promise<string> {
  const request = await createCertificationRequest({
    subject: createName({ commonName: 'web.internal' }),
    subjectAltNames: [{ type: 'dns', value: 'web.internal' }],
    signer: signerOf(privateKey),
  })
  return encodeCertificationRequestPem(request)
}

export function pemOf(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function requestOf(commonName: string, { publicKey }: Signer) {
  return {
    subject: createName({ commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: spkiOf(publicKey),
    validity: validityOf([-1, 87_600]),
  }
}

function validityOf([from, to]: readonly [number, number]): { notBefore: Date; notAfter: Date } {
  return {
    notBefore: new Date(Date.now() + from * hour),
    notAfter: new Date(Date.now() + to * hour),
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

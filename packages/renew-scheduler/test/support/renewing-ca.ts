import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  type GeneralName,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  parseCertificate,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'

const hour = 3_600_000
const ambient = {
  now: () => new Date(),
  random: (length: number) => new Uint8Array(randomBytes(length)),
}

/** How a renewal was asked for. */
type Credential = 'mutual TLS' | 'token'

/**
 * The one route of a CA that matters here, `POST /renew`, on loopback: it issues for the certificate it is
 * shown, in the handshake or by a bearer token, and believes everything.
 */
export interface RenewingCa extends AsyncDisposable {
  readonly url: string
  readonly root: Certificate
  readonly intermediate: Certificate
  readonly seen: Credential[]
  issue(leaf: Leaf): Promise<Certificate>
  /** From now on gives what `reply` makes of the certificate shown; undefined refuses. */
  renewWith(reply: (predecessor: Certificate) => Promise<Certificate | undefined>): void
}

export interface Leaf {
  readonly publicKey: KeyObject
  readonly commonName?: string
  readonly subjectAltNames?: readonly GeneralName[]
  /** Hours from now, default −1 and 23. */
  readonly hours?: readonly [notBefore: number, notAfter: number]
}

export async function startRenewingCa(): Promise<RenewingCa> {
  const rootSigner = signerOf(generateKey())
  const root = await issueRoot(requestOf('Root CA', rootSigner), rootProfile, rootSigner, ambient)
  const signer = signerOf(generateKey())
  const rootIssuer = { certificate: root, signer: rootSigner }
  const request = requestOf('Intermediate CA', signer)
  const intermediate = await issue(request, intermediateProfile, rootIssuer, ambient)
  const issuer = { certificate: intermediate, signer }

  const seen: Credential[] = []
  let reply = async (predecessor: Certificate): Promise<Certificate | undefined> =>
    issueLeaf(issuer, { publicKey: publicKeyOfSpki(predecessor.subjectPublicKeyInfo) })

  const serverKey = generateKey()
  const serving = await issueLeaf(issuer, {
    publicKey: createPublicKey(serverKey),
    subjectAltNames: [{ type: 'dns', value: 'localhost' }],
  })
  const server = createServer(
    {
      key: serverKey.export({ format: 'pem', type: 'pkcs8' }),
      cert: [serving, intermediate].map(encodeCertificatePem).join(''),
      ca: encodeCertificatePem(root),
      requestCert: true,
      rejectUnauthorized: false,
    },
    async ({ socket, headers }, response) => {
      const peer = socket instanceof TLSSocket ? socket.getPeerCertificate().raw : undefined
      seen.push(peer === undefined ? 'token' : 'mutual TLS')
      const renewed = await reply(
        parseCertificate(peer ?? leafOfToken(headers.authorization ?? '')),
      )
      const crt = renewed && encodeCertificatePem(renewed)
      response.writeHead(crt === undefined ? 401 : 201, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify(
          crt === undefined
            ? { status: 401, message: 'no.' }
            : { crt, ca: null, certChain: [crt, encodeCertificatePem(intermediate)] },
        ),
      )
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    root,
    intermediate,
    seen,
    issue: (leaf) => issueLeaf(issuer, leaf),
    renewWith(next) {
      reply = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

function issueLeaf(
  issuer: Issuer,
  {
    publicKey,
    commonName = 'web.internal',
    subjectAltNames = [
      { type: 'dns', value: 'web.internal' },
      { type: 'ip', value: '10.0.0.1' },
    ],
    hours = [-1, 23],
  }: Leaf,
): Promise<Certificate> {
  const request = {
    subject: createName({ commonName }),
    subjectAltNames,
    subjectPublicKeyInfo: spkiOf(publicKey),
    validity: validityOf(hours),
  }
  return issue(request, leafProfile, issuer, ambient)
}

function requestOf(commonName: string, { publicKey }: Signer) {
  return {
    subject: createName({ commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: spkiOf(publicKey),
    validity: validityOf([-1, 87_600]),
  }
}

/** Sub-seconds do not survive in a certificate. */
function validityOf([from, to]: readonly [number, number]): { notBefore: Date; notAfter: Date } {
  const now = Math.floor(Date.now() / 1000) * 1000
  return { notBefore: new Date(now + from * hour), notAfter: new Date(now + to * hour) }
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

function publicKeyOfSpki(spki: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
}

/** The certificate that `Bearer <token>` carries. */
function leafOfToken(authorization: string): Buffer {
  const [header = ''] = authorization.replace('Bearer ', '').split('.')
  const { x5cInsecure } = JSON.parse(Buffer.from(header, 'base64url').toString())
  return Buffer.from(x5cInsecure[0], 'base64')
}

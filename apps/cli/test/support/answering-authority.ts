import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  certificateFingerprint,
  createName,
  encodeCertificatePem,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'

/** A CA that answers what a test wants, on loopback: its certificates are right, its words need not be. */
export interface AnsweringAuthority extends AsyncDisposable {
  readonly url: string
  readonly rootPem: string
  readonly fingerprint: string
  /** `GET /health` and the like, as they came. */
  readonly requests: string[]
  /** Says what to answer from now on, as JSON; with status 200 unless another is named. */
  on(route: string, answer: unknown, status?: number): void
  /** Makes a mayfly folder that knows the CA. */
  writeHome(folder: string): Promise<void>
  /** A leaf for `foo`, with its key, as files of PEM. */
  writeLeaf(certificatePath: string, keyPath: string): Promise<void>
}

export async function startAnsweringAuthority(): Promise<AnsweringAuthority> {
  const rootSigner = createSigner(generateKey())
  const root = await issueRoot(request('Root', rootSigner), rootProfile, rootSigner, ambient)
  const signer = createSigner(generateKey())
  const certificate = await issue(
    request('Intermediate', signer),
    intermediateProfile,
    { certificate: root, signer: rootSigner },
    ambient,
  )
  const issuer: Issuer = { certificate, signer }
  const rootPem = encodeCertificatePem(root)
  const answers = new Map<string, { readonly answer: unknown; readonly status: number }>()
  const requests: string[] = []
  const server = createServer(
    { ...(await issueLeaf('localhost', issuer)), requestCert: true, rejectUnauthorized: false },
    (incoming, response) => {
      const route = `${incoming.method} ${incoming.url}`
      requests.push(route)
      const { answer, status } = answers.get(route) ?? nothingHere
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `https://localhost:${port}`
  return {
    url,
    rootPem,
    fingerprint: certificateFingerprint(root),
    requests,
    on: (route, answer, status = 200) => answers.set(route, { answer, status }),
    async writeHome(folder) {
      await mkdir(join(folder, 'certs'), { recursive: true })
      await mkdir(join(folder, 'config'), { recursive: true })
      await writeFile(join(folder, 'certs', 'root_ca.crt'), rootPem)
      await writeFile(join(folder, 'config', 'defaults.json'), JSON.stringify({ 'ca-url': url }))
    },
    async writeLeaf(certificatePath, keyPath) {
      const { cert, key } = await issueLeaf('foo', issuer)
      await writeFile(certificatePath, cert)
      await writeFile(keyPath, key)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const ambient = {
  now: () => new Date(),
  random: (length: number) => new Uint8Array(randomBytes(length)),
}

async function issueLeaf(name: string, issuer: Issuer): Promise<{ cert: string; key: string }> {
  const key = generateKey()
  const leaf = await issue(
    { ...request(name, createSigner(key)), subjectAltNames: [{ type: 'dns', value: name }] },
    leafProfile,
    issuer,
    ambient,
  )
  return {
    cert: [leaf, issuer.certificate].map(encodeCertificatePem).join(''),
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

function request(commonName: string, { publicKey }: Signer) {
  return {
    subject: createName({ commonName }),
    subjectAltNames: [],
    subjectPublicKeyInfo: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })),
    validity: {
      notBefore: new Date(Date.now() - 3_600_000),
      notAfter: new Date(Date.now() + 3_600_000),
    },
  }
}

function generateKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

function createSigner(privateKey: KeyObject): Signer {
  return {
    algorithm: 'ES256',
    publicKey: createPublicKey(privateKey),
    sign: async (message) => sign('sha256', message, privateKey),
  }
}

const nothingHere = { answer: { status: 404, message: 'nothing here' }, status: 404 }

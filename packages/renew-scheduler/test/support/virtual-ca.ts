import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { CaClientError } from '@mayfly/ca-client'
import { createSigner } from '@mayfly/keystore-hsm'
import type { RekeyClient, Renewed } from '@mayfly/renew-scheduler'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  parseCertificate,
  parseCertificationRequestPem,
  rootProfile,
} from '@mayfly/x509-profiles'
import { generateKey } from './renewing-ca.ts'

/** A CA in this process, on a clock of its own: it answers by a call, at once. */
export interface VirtualCa extends RekeyClient {
  /** What it was asked for, and by what. */
  readonly seen: ('renew' | 'token' | 'rekey')[]
  /** Of new certificates, in milliseconds. */
  lifetime: number
  /** While true, nothing is answered. */
  isDown: boolean
  /** Called before each answer; what it throws is the answer. */
  onRequest: () => void | Promise<void>
  issueFor(publicKey: KeyObject, commonName?: string): Promise<Renewed>
}

/** How long before its issuance a certificate begins, in milliseconds. */
export const backdate = 60_000

export async function createVirtualCa(now: () => Date): Promise<VirtualCa> {
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const ambient = { now, random }
  const issuer = await createIssuer(ambient)

  async function issueLeaf(commonName: string, subjectPublicKeyInfo: Uint8Array): Promise<Renewed> {
    const from = Math.floor(now().getTime() / 1000) * 1000
    const request = {
      subject: createName({ commonName }),
      subjectAltNames: [{ type: 'dns' as const, value: commonName }],
      subjectPublicKeyInfo,
      validity: { notBefore: new Date(from - backdate), notAfter: new Date(from + ca.lifetime) },
    }
    const certificate = await issue(request, leafProfile, issuer, ambient)
    return { certificate, chain: [certificate, issuer.certificate] }
  }

  async function answer(
    kind: 'renew' | 'token' | 'rekey',
    predecessor: Certificate | undefined,
    spki = predecessor?.subjectPublicKeyInfo,
  ): Promise<Renewed> {
    ca.seen.push(kind)
    if (ca.isDown) throw new CaClientError('unreachable', 'connect ECONNREFUSED')
    await ca.onRequest()
    const name = predecessor?.subjectAltNames[0]?.value
    if (name === undefined || spki === undefined) throw new CaClientError('refused', 'no name')
    return issueLeaf(name, spki)
  }

  const ca: VirtualCa = {
    url: 'https://ca.internal',
    seen: [],
    lifetime: 24 * 3_600_000,
    isDown: false,
    onRequest: () => undefined,
    issueFor: (publicKey, commonName = 'web.internal') => issueLeaf(commonName, spkiOf(publicKey)),
    renew: ({ certificateChain }) => answer('renew', leafOf(certificateChain)),
    renewWithToken: (token) => answer('token', leafOfToken(token)),
    rekey: ({ certificateChain, csr }) =>
      answer(
        'rekey',
        leafOf(certificateChain),
        parseCertificationRequestPem(csr).subjectPublicKeyInfo,
      ),
  }
  return ca
}

export function encodeChain(chain: readonly Certificate[]): string {
  return chain.map(encodeCertificatePem).join('')
}

async function createIssuer(ambient: Parameters<typeof issue>[3]): Promise<Issuer> {
  const now = ambient.now().getTime()
  const validity = {
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 100 * 31_557_600_000),
  }
  const [rootKey, key] = [generateKey(), generateKey()]
  const signer = createSigner(rootKey)
  const fields = { subjectAltNames: [], validity }
  const root = await issueRoot(
    {
      ...fields,
      subject: createName({ commonName: 'Root CA' }),
      subjectPublicKeyInfo: spkiOf(createPublicKey(rootKey)),
    },
    rootProfile,
    signer,
    ambient,
  )
  const certificate = await issue(
    {
      ...fields,
      subject: createName({ commonName: 'Intermediate CA' }),
      subjectPublicKeyInfo: spkiOf(createPublicKey(key)),
    },
    intermediateProfile,
    { certificate: root, signer },
    ambient,
  )
  return { certificate, signer: createSigner(key) }
}

function leafOf(chain: string | readonly Certificate[]): Certificate | undefined {
  return typeof chain === 'string' ? undefined : chain[0]
}

function leafOfToken(token: string): Certificate {
  const [header = ''] = token.split('.')
  const { x5cInsecure } = JSON.parse(Buffer.from(header, 'base64url').toString())
  return parseCertificate(Buffer.from(x5cInsecure[0], 'base64'))
}

function spkiOf(publicKey: KeyObject): Uint8Array {
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
}

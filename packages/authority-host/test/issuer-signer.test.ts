import { writeFile } from 'node:fs/promises'
import { openExplainer } from '@mayfly/authority-host'
import {
  createSigner,
  encodePrivateKeyPem,
  generatePrivateKey,
  type KeyType,
} from '@mayfly/keystore-hsm'
import {
  type CertificateContents,
  createCertificationRequest,
  createName,
  encodeCertificatePem,
  encodeCertificationRequestPem,
  issueTemplated,
  issueTemplatedRoot,
  type SignatureAlgorithmName,
} from '@mayfly/x509-profiles'
import { expect, test } from 'vitest'
import { copyStepFolder, type Folder } from './support/folder.ts'
import { createToken, now, open, provisionerKey, random, sign, testTime } from './support/host.ts'

test.each<[string, KeyType, SignatureAlgorithmName, KeyType, string]>([
  ['RSA by RSA with SHA-512', rsa(), 'RS512', rsa(), 'SHA512-RSA'],
  ['RSA by RSA with PSS', rsa(), 'PS384', rsa(), 'SHA384-RSAPSS'],
  ['RSA by EC', { kty: 'EC', crv: 'P-256' }, 'ES512', rsa(), 'SHA256-RSA'],
  ['EC by RSA', rsa(), 'RS512', { kty: 'EC', crv: 'P-256' }, 'ECDSA-SHA256'],
  [
    'EC by EC with another hash',
    { kty: 'EC', crv: 'P-256' },
    'ES512',
    { kty: 'EC', crv: 'P-384' },
    'ECDSA-SHA384',
  ],
])('an issuer certified as %s', async (_, rootType, algorithm, type, name) => {
  await using folder = await copyStepFolder()
  await replacePki(folder, { rootType, algorithm, type })
  const configurationPath = folder.file('config', 'ca.json')
  await using host = await open(configurationPath)
  const key = await provisionerKey(host, 'correct horse battery staple')
  const certificate = await sign(host, await createToken(host, key))
  expect(certificate.signatureAlgorithm.name).toBe(name)

  await using explainer = await openExplainer({ configurationPath, now, random })
  const csr = await createCertificationRequest({
    subject: createName({ commonName: 'web.internal' }),
    subjectAltNames: [],
    signer: createSigner(await generatePrivateKey()),
  })
  const explanation = await explainer.explain({
    certificationRequest: encodeCertificationRequestPem(csr),
    oneTimeToken: await createToken(host, key),
  })
  expect(explanation.outcome).toBe('issued')
})

function rsa(): KeyType {
  return { kty: 'RSA', size: 2048 }
}

/** Puts a root and an intermediate that it signs by the algorithm into the place of those of the folder. */
async function replacePki(
  folder: Folder,
  how: {
    readonly rootType: KeyType
    readonly algorithm: SignatureAlgorithmName
    readonly type: KeyType
  },
): Promise<void> {
  const profile = { type: 'templated', allowsAuthority: true } as const
  const ambient = { now, random }
  const signer = createSigner(await generatePrivateKey(how.rootType))
  const root = await issueTemplatedRoot(request('Root', signer, 1), profile, signer, ambient)
  const key = await generatePrivateKey(how.type)
  const { contents, ...asked } = request('Intermediate', createSigner(key), 0)
  const intermediate = await issueTemplated(
    { ...asked, contents: { ...contents, signatureAlgorithm: how.algorithm } },
    profile,
    { certificate: root, signer },
    ambient,
  )
  await writeFile(folder.file('certs', 'root_ca.crt'), encodeCertificatePem(root))
  await writeFile(folder.file('certs', 'intermediate_ca.crt'), encodeCertificatePem(intermediate))
  const keyPem = await encodePrivateKeyPem(key)
  await writeFile(folder.file('secrets', 'intermediate_ca_key'), keyPem)
}

function request(
  commonName: string,
  { publicKey }: ReturnType<typeof createSigner>,
  pathLength: number,
) {
  const contents: CertificateContents = {
    subject: createName({ commonName }),
    keyUsage: ['keyCertSign'],
    extendedKeyUsages: [],
    basicConstraints: { isCa: true, pathLength },
    ocspServers: [],
    issuingCertificateUrls: [],
    subjectAltNames: [],
    certificatePolicies: [],
    crlDistributionPoints: [],
    extensions: [],
  }
  const subjectPublicKeyInfo = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
  const notAfter = new Date(testTime.getTime() + 86_400_000)
  return { contents, subjectPublicKeyInfo, validity: { notBefore: testTime, notAfter } }
}

import { AuthorityError, createAuthority, type SignRequest } from '@mayfly/authority-core'
import { createCertificateTemplate, defaultTemplates } from '@mayfly/authority-core/template'
import { createMemoryStore } from '@mayfly/db-adapters'
import { generateProvisionerKey } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  findCommonName,
  type Issuer,
  issueRoot,
  issueTemplated,
  ProfileError,
  parseCertificatePem,
  parseCertificationRequestPem,
  subjectAltNamesOf,
} from '@mayfly/x509-profiles'
import { describe, expect, test } from 'vitest'
import { random, readProvisioners, spkiOf, start } from '../support/authority.ts'
import { forgeToken } from '../support/forge.ts'
import {
  loadObservedTemplates,
  missing,
  type ObservedAnswer,
  type ObservedCertificate,
  type ObservedTemplate,
} from '../support/observed-templates.ts'
import { rootsOf } from '../support/x5c.ts'

/** What is answered otherwise on purpose, and why. */
const differences: ReadonlyMap<string, { readonly code: string; readonly why: string }> = new Map([
  ['empty-object', { code: 'template_failed', why: 'no name at all (RFC 5280 §4.1.2.6)' }],
  ['json-null', { code: 'template_failed', why: 'no name at all (RFC 5280 §4.1.2.6)' }],
  ['shorthand-empty-string', { code: 'template_failed', why: 'an empty DNS name (§4.2.1.6)' }],
  ['serial-zero', { code: 'template_failed', why: 'serial numbers are positive (§4.1.2.2)' }],
  [
    'gen-ca-shape',
    { code: 'template_invalid', why: 'no template makes keys inside the authority' },
  ],
])

/** Vectors whose provisioner needs the switch, since their certificates may sign certificates. */
const authorities: ReadonlySet<string> = new Set([
  'basic-constraints-ca',
  'basic-constraints-maxpath',
  'basic-constraints-no-limit',
  'max-path-len-float',
  'keyusage-all',
])

const vectors = loadObservedTemplates()
const now = (): Date => start
const ambient = { now, random }

interface Outcome {
  readonly code: string | undefined
  readonly answer: ObservedAnswer
}

describe.skipIf(missing !== undefined)('templates, as observed on step-ca', () => {
  test.each(vectors.map((vector) => ({ ...vector, label: vector.name })))(
    '$label',
    async (vector) => {
      const outcome = await answer(vector)
      const difference = differences.get(vector.name)
      if (difference !== undefined) {
        expect(outcome.code).toBe(difference.code)
        expect(outcome.answer).not.toMatchObject(vector.expect)
        return
      }
      expect(outcome.answer).toEqual(comparable(vector.expect))
    },
  )

  test('knows each difference by the name of its vector', () => {
    const names = new Set(vectors.map(({ name }) => name))
    expect([...differences.keys(), ...authorities].filter((name) => !names.has(name))).toEqual([])
    expect(vectors.length).toBeGreaterThanOrEqual(162)
  })
})

/** What is compared: the octets, not the vectors' reading of them. */
function comparable({ status, error, certificate }: ObservedAnswer): ObservedAnswer {
  if (certificate === undefined) return { status, ...(error === undefined ? {} : { error }) }
  const { subjectDER = '3000', extensions, signatureAlgorithm, validitySeconds } = certificate
  const { serialNumber } = certificate
  return {
    status,
    certificate: {
      subjectDER,
      extensions,
      signatureAlgorithm,
      validitySeconds,
      ...(serialNumber === undefined ? {} : { serialNumber }),
    },
  }
}

async function answer(vector: ObservedTemplate): Promise<Outcome> {
  const issuer = await findIssuer(vector.issuerKey)
  try {
    const certificate =
      vector.provisioner === 'K8SSA'
        ? await issueForServiceAccount(vector, issuer)
        : await signFor(vector, issuer)
    return {
      code: undefined,
      answer: { status: 201, certificate: observe(certificate, vector, issuer) },
    }
  } catch (error) {
    if (!(error instanceof AuthorityError || error instanceof ProfileError)) throw error
    const [status, before, after] = frames.get(error.code) ?? [0, error.code, '']
    const text = before === internal ? internal : `${before}${error.message}${after}`
    return { code: error.code, answer: { status, error: text } }
  }
}

/** Through the authority, with a token of the kind that the vector names. */
async function signFor(vector: ObservedTemplate, issuer: Issuer): Promise<Certificate> {
  const x509 = {
    ...(vector.template === undefined ? {} : { template: encodeTemplate(vector) }),
    ...(vector.templateData === undefined ? {} : { templateData: vector.templateData }),
  }
  const mayfly = { allowCertificateAuthority: authorities.has(vector.name) }
  const common = { name: vector.name, options: { x509 }, mayfly }
  const credential = vector.provisioner === 'X5C' ? await issueCredential(vector) : undefined
  const provisionerKey = await generateProvisionerKey()
  const authority = createAuthority({
    issuer,
    roots: [issuer.certificate],
    dnsNames: ['ca.internal'],
    provisioners: readProvisioners([
      credential === undefined
        ? { ...common, type: 'JWK', key: provisionerKey.publicJwk }
        : { ...common, type: 'X5C', roots: rootsOf(credential.root) },
    ]),
    store: createMemoryStore(),
    ...ambient,
  })
  const audience = 'https://ca.internal/1.0/sign'
  const seconds = Math.floor(start.getTime() / 1000)
  const claims = {
    aud: credential === undefined ? audience : `${audience}#x5c/${vector.name}`,
    exp: seconds + 300,
    iat: seconds,
    nbf: seconds,
    jti: vector.name,
    ...vector.token,
  }
  const oneTimeToken =
    credential === undefined
      ? forgeToken(
          { alg: 'ES256', kid: provisionerKey.publicJwk.kid, typ: 'JWT' },
          claims,
          provisionerKey.privateJwk,
        )
      : forgeToken({ alg: 'ES256', x5c: credential.chain, typ: 'JWT' }, claims, credential.key)
  const request: SignRequest = {
    certificationRequest: vector.request.csr,
    oneTimeToken,
    requestId: vector.name,
    ...('templateData' in vector.request ? { templateData: vector.request.templateData } : {}),
  }
  return (await authority.sign(request)).certificate
}

function encodeTemplate({ template = '', templateEncoding }: ObservedTemplate): string {
  return templateEncoding === 'base64' ? Buffer.from(template).toString('base64') : template
}

/** A provisioner of this type is not served; its template is judged without one. */
async function issueForServiceAccount(
  { template, token, request: { csr } }: ObservedTemplate,
  issuer: Issuer,
): Promise<Certificate> {
  const certificationRequest = parseCertificationRequestPem(csr)
  const rendered = createCertificateTemplate(template ?? defaultTemplates.adminLeaf).render(
    { certificationRequest, token },
    ambient,
  )
  expect(subjectAltNamesOf(rendered.contents).length).toBeGreaterThan(0)
  return issueTemplated(
    {
      contents: rendered.contents,
      subjectPublicKeyInfo: certificationRequest.subjectPublicKeyInfo,
      validity: {
        notBefore: new Date(start.getTime() - 60_000),
        notAfter: new Date(start.getTime() + 86_400_000),
      },
      provisioner: { type: 8, name: token.iss, credentialId: '' },
    },
    { type: 'templated', allowsAuthority: false },
    issuer,
    ambient,
  )
}

/** A credential with the contents of the vector's, whose key is at hand. */
async function issueCredential({ authorizationCrt = '' }: ObservedTemplate) {
  const [wanted] = parseCertificatePem(authorizationCrt)
  if (wanted === undefined) throw new TypeError('the vector has no credential')
  const issuer = await createIssuer({ kty: 'EC', crv: 'P-256' })
  const key = await generatePrivateKey()
  const certificate = await issueTemplated(
    {
      contents: {
        subject: wanted.subject,
        serialNumber: wanted.serialNumber,
        keyUsage: ['digitalSignature'],
        extendedKeyUsages: ['1.3.6.1.5.5.7.3.2'],
        subjectAltNames: wanted.subjectAltNames.map(({ value }) => ({ kind: 'dns', text: value })),
        ocspServers: [],
        issuingCertificateUrls: [],
        certificatePolicies: [],
        crlDistributionPoints: [],
        extensions: [],
      },
      subjectPublicKeyInfo: spkiOf(createSigner(key)),
      validity: {
        notBefore: new Date(start.getTime() - 3_600_000),
        notAfter: new Date(start.getTime() + 2 * 86_400_000),
      },
    },
    { type: 'templated', allowsAuthority: false },
    issuer,
    ambient,
  )
  const chain = [Buffer.from(certificate.der).toString('base64')]
  return { root: issuer.certificate, key, chain }
}

/** The issuing certificate of the vectors leaves room below it. */
async function createIssuer(keyType: KeyType): Promise<Issuer> {
  const signer = createSigner(await generatePrivateKey(keyType))
  const certificate = await issueRoot(
    {
      subject: createName({ commonName: 'Vectors CA' }),
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(signer),
      validity: {
        notBefore: new Date(start.getTime() - 86_400_000),
        notAfter: new Date(start.getTime() + 3650 * 86_400_000),
      },
    },
    { type: 'root' },
    signer,
    ambient,
  )
  return { certificate, signer }
}

const issuers = new Map<string, Promise<Issuer>>()

function findIssuer(name: string): Promise<Issuer> {
  const known = issuers.get(name)
  if (known !== undefined) return known
  const created = createIssuer(
    name === 'RSA 2048' ? { kty: 'RSA', size: 2048 } : { kty: 'EC', crv: 'P-256' },
  )
  issuers.set(name, created)
  return created
}

function observe(
  certificate: Certificate,
  { expect: { certificate: expected }, token }: ObservedTemplate,
  issuer: Issuer,
): ObservedCertificate {
  const { validity, serialNumber } = certificate
  expect(certificate.authorityKeyIdentifier).toEqual(issuer.certificate.subjectKeyIdentifier)
  expect(certificate.provisioner?.name).toBe(token.iss)
  expect(findCommonName(certificate.issuer)).toBe('Vectors CA')
  return {
    subjectDER: hex(certificate.subject.der),
    extensions: certificate.extensions.map(({ oid, critical, value }) => ({
      oid,
      critical,
      value: placeholders.get(oid) ?? hex(value),
    })),
    signatureAlgorithm: certificate.signatureAlgorithm.name,
    validitySeconds: (validity.notAfter.getTime() - validity.notBefore.getTime()) / 1000,
    ...(expected?.serialNumber === undefined ? {} : { serialNumber: String(serialNumber) }),
  }
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}

const placeholders: ReadonlyMap<string, string> = new Map([
  ['2.5.29.35', '<issuer>'],
  ['1.3.6.1.4.1.37476.9000.64.1', '<provisioner>'],
])

const internal =
  'The certificate authority encountered an Internal Server Error. ' +
  'Please see the certificate authority logs for more info.'

/** Status and text of the server, by code; a test there holds them to the same. */
const frames: ReadonlyMap<string, readonly [number, string, string]> = new Map([
  ['template_invalid', [500, internal, '']],
  ['template_failed', [500, internal, '']],
  ['signature_algorithm_not_offered', [500, internal, '']],
  ['template_result_malformed', [500, '', '']],
  ['template_refused', [400, 'The request could not be completed: ', '.']],
  ['lifetime_too_long', [403, 'The request was forbidden by the certificate authority: ', '.']],
])

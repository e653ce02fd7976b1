import type { DescribedRequest } from '@mayfly/authority-core/template'
import { createSigner } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  createTemplatedRequest,
  encodeCertificatePem,
  encodeCertificationRequestPem,
  guessGeneralName,
  issueTemplated,
  issueTemplatedRoot,
  type TemplatedProfile,
  type Validity,
} from '@mayfly/x509-profiles'
import type { Io } from '../io.ts'
import { assertOneCertificate, type IssuerFiles, loadIssuer } from './issuer-file.ts'
import type { LocalTemplate } from './local-template.ts'
import type { ValidityBounds } from './local-validity.ts'
import { privateKeyOf, type SubjectKey } from './subject-key.ts'

/** What a template is asked about. */
export interface TemplatedSubject {
  /** The common name of `.Subject`. */
  readonly subject: string
  /** `.SANs`, their kinds being guessed. */
  readonly names: readonly string[]
  readonly key: SubjectKey
}

/** How a certificate is made of what a template says. */
export interface TemplatedIssuance {
  /** Called with the bounds that the template asks for. */
  readonly validityWithin: (bounds: ValidityBounds) => Validity
  /** Without them the certificate stands for itself. */
  readonly issuerFiles: IssuerFiles | undefined
  /** Whether the issuer's certificate is appended. */
  readonly bundle: boolean
}

/** Whoever has the issuer's key may make an authority. */
export const ownTemplateProfile: TemplatedProfile = { type: 'templated', allowsAuthority: true }

/**
 * Issues a certificate of what a template says, and returns its PEM.
 *
 * @throws {CommandError} `template_unfit`, `certificate_unfit`, `file_unreadable`, `key_unfit`
 * @throws {ProfileError} as issuing does.
 */
export async function makeTemplatedCertificate(
  io: Io,
  template: LocalTemplate,
  asked: TemplatedSubject,
  { validityWithin, issuerFiles, bundle }: TemplatedIssuance,
): Promise<string> {
  const certificationRequest = await describeAsked(asked)
  const { subject, names, key } = asked
  const rendered = template.render({ certificationRequest, subject, names })
  const request = {
    contents: rendered.contents,
    subjectPublicKeyInfo: spkiOf(key),
    validity: validityWithin(rendered),
  }
  if (issuerFiles === undefined) {
    const signer = createSigner(privateKeyOf(key))
    return encodeCertificatePem(await issueTemplatedRoot(request, ownTemplateProfile, signer, io))
  }
  const { issuer, chain } = await loadIssuer(io, issuerFiles)
  assertOneCertificate(chain, issuerFiles.certificatePath)
  const certificate = await issueTemplated(request, ownTemplateProfile, issuer, io)
  const made = bundle ? [certificate, issuer.certificate] : [certificate]
  return made.map(encodeCertificatePem).join('')
}

/**
 * Makes a CSR of what a template says, and returns its PEM.
 *
 * @throws {CommandError} `template_unfit`, `key_unfit`
 * @throws {ProfileError} as making the request does.
 */
export async function makeTemplatedRequest(
  template: LocalTemplate,
  { subject, names, key }: TemplatedSubject,
): Promise<string> {
  const signer = createSigner(privateKeyOf(key))
  const { contents } = template.render({ certificationRequest: describeKey(key), subject, names })
  return encodeCertificationRequestPem(await createTemplatedRequest(contents, signer))
}

/** What a template sees as `.Insecure.CR`: a request for the names, as far as there is a key to sign one. */
async function describeAsked({ subject, names, key }: TemplatedSubject): Promise<DescribedRequest> {
  if (key.privateKey === undefined) return describeKey(key)
  return createCertificationRequest({
    subject: createName({ commonName: subject }),
    subjectAltNames: names.map(guessGeneralName),
    signer: createSigner(key.privateKey),
  })
}

/** A request that says nothing but its key. */
function describeKey(key: SubjectKey): DescribedRequest {
  return {
    subject: createName({}),
    subjectAltNames: [],
    extensions: [],
    subjectPublicKeyInfo: spkiOf(key),
    signature: new Uint8Array(),
  }
}

function spkiOf({ publicKey }: SubjectKey): Uint8Array {
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
}

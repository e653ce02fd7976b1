import { createSigner } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  type GeneralName,
  type IssuanceRequest,
  intermediateProfile,
  issue,
  issueRoot,
  leafProfile,
  rootProfile,
  type Validity,
} from '@mayfly/x509-profiles'
import type { Io } from '../io.ts'
import type { CreationKind } from './create-flags.ts'
import { assertOneCertificate, type IssuerFiles, loadIssuer } from './issuer-file.ts'
import { privateKeyOf, type SubjectKey } from './subject-key.ts'

/** What a new certificate says. */
export interface NewCertificate {
  readonly kind: Exclude<CreationKind, 'csr'>
  /** The subject's common name. */
  readonly subject: string
  /** Only leaves have them. */
  readonly subjectAltNames: readonly GeneralName[]
  readonly validity: Validity
  readonly key: SubjectKey
  /** Of a leaf and an intermediate. */
  readonly issuerFiles: IssuerFiles
  /** Whether the issuer's certificate is appended. */
  readonly bundle: boolean
}

/**
 * Issues a certificate and returns its PEM.
 *
 * @throws {CommandError} `certificate_unfit`, `file_unreadable`, `key_unfit`
 * @throws {ProfileError} as issuing does.
 */
export async function makeCertificate(io: Io, asked: NewCertificate): Promise<string> {
  const { kind, key, issuerFiles, validity } = asked
  const isLeaf = kind === 'leaf' || kind === 'self-signed'
  const request: IssuanceRequest = {
    subject: createName({ commonName: asked.subject }),
    subjectAltNames: isLeaf ? asked.subjectAltNames : [],
    subjectPublicKeyInfo: new Uint8Array(key.publicKey.export({ format: 'der', type: 'spki' })),
    validity,
  }
  switch (kind) {
    case 'root-ca':
      return encodeCertificatePem(
        await issueRoot(request, rootProfile, createSigner(privateKeyOf(key)), io),
      )
    case 'self-signed':
      return encodeCertificatePem(
        await issueRoot(request, leafProfile, createSigner(privateKeyOf(key)), io),
      )
    case 'leaf':
    case 'intermediate-ca': {
      const { issuer, chain } = await loadIssuer(io, issuerFiles)
      assertOneCertificate(chain, issuerFiles.certificatePath)
      const profile = kind === 'leaf' ? leafProfile : intermediateProfile
      const certificate: Certificate = await issue(request, profile, issuer, io)
      const bundled = asked.bundle ? [certificate, issuer.certificate] : [certificate]
      return bundled.map(encodeCertificatePem).join('')
    }
  }
}

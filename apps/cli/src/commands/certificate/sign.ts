import {
  type Ambient,
  type Certificate,
  type CertificationRequest,
  encodeCertificatePem,
  type Issuer,
  issue,
  issueTemplated,
  leafProfile,
  type Validity,
} from '@mayfly/x509-profiles'
import { loadIssuer } from '../../certificates/issuer-file.ts'
import { chosenValidity, localValidityFlags } from '../../certificates/local-validity.ts'
import { loadSignedRequest, requestedNames } from '../../certificates/signed-request.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagValueInvalid } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { writeResult } from '../../framework/report.ts'

const later = notOfferedFlags({ text: ['kms', 'template', 'set', 'set-file'], boolean: [] })

export const command: CommandDefinition = defineCommand({
  usage: '<csr-file> <crt-file> <key-file>',
  summary: 'sign a certificate signing request (CSR)',
  description:
    "mayfly certificate sign issues a certificate for a CSR with an issuer's certificate and key, and prints it. The subject is the CSR's.",
  example: '$ mayfly certificate sign foo.csr ca.crt ca.key',
  positional: { minimum: 3, maximum: 3 },
  flags: {
    profile: {
      type: 'text',
      value: 'profile',
      options: ['leaf', 'intermediate-ca', 'csr'],
      help: "leaf (default), intermediate-ca, or csr: with the CSR's own extensions.",
    },
    'path-len': {
      type: 'integer',
      value: 'number',
      help: 'How many CAs may follow below an intermediate; 0 if left out, -1 for no limit.',
    },
    'omit-cn-san': {
      type: 'boolean',
      help: 'Make no name of the common name where the CSR has no names.',
    },
    'password-file': {
      type: 'text',
      value: 'file',
      help: "The file with the password of the issuer's key; asked for if left out.",
    },
    ...localValidityFlags,
    bundle: { type: 'boolean', help: "Append all certificates of the issuer's file." },
    ...later,
  },
  async run({ positional: [requestPath = '', certificatePath = '', keyPath = ''], flags, io }) {
    refuseNotOffered(flags, later)
    const profile = parseProfile(flags.profile)
    const pathLength = flags['path-len'] ?? 0
    if (pathLength < -1) {
      throw flagValueInvalid('path-len', String(pathLength), {
        detail: 'path-len must be -1 or greater',
      })
    }
    const isAuthority = profile === 'intermediate-ca'
    const validity = chosenValidity(flags, { now: io.now(), isAuthority })
    const invalid = 'certificate request has invalid signature'
    const csr = await loadSignedRequest(io, requestPath, { invalid })
    const passwordFile = flags['password-file']
    const { issuer, chain } = await loadIssuer(io, { certificatePath, keyPath, passwordFile })
    const certificate = await issuers[profile](
      {
        csr,
        validity,
        pathLength: pathLength === -1 ? undefined : pathLength,
        omitCommonName: flags['omit-cn-san'],
      },
      issuer,
      io,
    )
    const printed = flags.bundle ? [certificate, ...chain] : [certificate]
    writeResult(io, printed.map(encodeCertificatePem).join(''))
    return 0
  },
})

type SigningProfile = 'leaf' | 'intermediate-ca' | 'csr'

interface Signing {
  readonly csr: CertificationRequest
  readonly validity: Validity
  readonly pathLength: number | undefined
  readonly omitCommonName: boolean
}

function parseProfile(text = 'leaf'): SigningProfile {
  const profile = (['leaf', 'intermediate-ca', 'csr'] as const).find((name) => name === text)
  if (profile !== undefined) return profile
  throw flagValueInvalid('profile', text, { detail: 'options are leaf, intermediate-ca, csr' })
}

const issuers: Record<
  SigningProfile,
  (signing: Signing, issuer: Issuer, ambient: Ambient) => Promise<Certificate>
> = {
  leaf: ({ csr, validity, omitCommonName }, issuer, ambient) => {
    const { subject, subjectPublicKeyInfo } = csr
    const subjectAltNames = requestedNames(csr, { omitCommonName })
    const request = { subject, subjectPublicKeyInfo, subjectAltNames, validity }
    return issue(request, leafProfile, issuer, ambient)
  },
  'intermediate-ca': ({ csr, validity, pathLength }, issuer, ambient) => {
    const { subject, subjectPublicKeyInfo } = csr
    return issue(
      { subject, subjectPublicKeyInfo, subjectAltNames: [], validity },
      { type: 'intermediate', ...(pathLength === undefined ? {} : { pathLength }) },
      issuer,
      ambient,
    )
  },
  csr: ({ csr, validity }, issuer, ambient) => {
    const { subject, subjectPublicKeyInfo } = csr
    // Who asks for a certificate does not know who will issue it.
    const extensions = csr.extensions.filter(({ oid }) => oid !== authorityKeyIdentifier)
    return issueTemplated(
      {
        contents: {
          subject,
          keyUsage: [],
          extendedKeyUsages: [],
          ocspServers: [],
          issuingCertificateUrls: [],
          subjectAltNames: [],
          certificatePolicies: [],
          crlDistributionPoints: [],
          extensions,
        },
        subjectPublicKeyInfo,
        validity,
      },
      { type: 'templated', allowsAuthority: true },
      issuer,
      ambient,
    )
  },
}

const authorityKeyIdentifier = '2.5.29.35'

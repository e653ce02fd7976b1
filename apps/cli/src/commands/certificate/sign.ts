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
import {
  type LocalTemplate,
  loadLocalTemplate,
  localTemplateFlags,
} from '../../certificates/local-template.ts'
import {
  chosenValidity,
  localValidityFlags,
  type ValidityBounds,
} from '../../certificates/local-validity.ts'
import { loadSignedRequest, requestedNames } from '../../certificates/signed-request.ts'
import { ownTemplateProfile } from '../../certificates/templated-certificate.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagIncompatible, flagValueInvalid } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { writeResult } from '../../framework/report.ts'

const later = notOfferedFlags({ text: ['kms'], boolean: [] })

export const command: CommandDefinition = defineCommand({
  usage: '<csr-file> <crt-file> <key-file>',
  summary: 'sign a certificate signing request (CSR)',
  description:
    "mayfly certificate sign issues a certificate for a CSR with an issuer's certificate and key, and prints it. The subject is the CSR's, unless a template says otherwise.",
  example: `$ mayfly certificate sign foo.csr ca.crt ca.key
$ mayfly certificate sign foo.csr ca.crt ca.key --template leaf.tpl --set team=blue`,
  positional: { minimum: 3, maximum: 3 },
  flags: {
    profile: {
      type: 'text',
      value: 'profile',
      options: ['leaf', 'intermediate-ca', 'csr'],
      help: "leaf (default), intermediate-ca, or csr: with the CSR's own extensions.",
    },
    ...localTemplateFlags,
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
  async run({
    positional: [requestPath = '', certificatePath = '', keyPath = ''],
    flags,
    given,
    io,
  }) {
    refuseNotOffered(flags, later)
    if (flags.template !== undefined && given.has('profile')) {
      throw flagIncompatible('profile', 'template')
    }
    const profile = parseProfile(flags.profile)
    const pathLength = flags['path-len'] ?? 0
    if (pathLength < -1) {
      throw flagValueInvalid('path-len', String(pathLength), {
        detail: 'path-len must be -1 or greater',
      })
    }
    const clock = { now: io.now(), isAuthority: profile === 'intermediate-ca' }
    const validity = chosenValidity(flags, clock)
    const template = await loadLocalTemplate(io, flags, { MaxPathLen: pathLength })
    const invalid = 'certificate request has invalid signature'
    const csr = await loadSignedRequest(io, requestPath, { invalid })
    const passwordFile = flags['password-file']
    const { issuer, chain } = await loadIssuer(io, { certificatePath, keyPath, passwordFile })
    const signing = {
      csr,
      validity,
      pathLength: pathLength === -1 ? undefined : pathLength,
      omitCommonName: flags['omit-cn-san'],
    }
    const certificate =
      template === undefined
        ? await issuers[profile](signing, issuer, io)
        : await issueByTemplate(
            template,
            { ...signing, validityWithin: (bounds) => chosenValidity(flags, clock, bounds) },
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
      ownTemplateProfile,
      issuer,
      ambient,
    )
  },
}

function issueByTemplate(
  template: LocalTemplate,
  {
    csr,
    omitCommonName,
    validityWithin,
  }: Signing & { readonly validityWithin: (bounds: ValidityBounds) => Validity },
  issuer: Issuer,
  ambient: Ambient,
): Promise<Certificate> {
  const { subject, subjectPublicKeyInfo } = csr
  const names = requestedNames(csr, { omitCommonName }).map(({ value }) => value)
  const rendered = template.render({ certificationRequest: csr, subject, names })
  const validity = validityWithin(rendered)
  const request = { contents: rendered.contents, subjectPublicKeyInfo, validity }
  return issueTemplated(request, ownTemplateProfile, issuer, ambient)
}

const authorityKeyIdentifier = '2.5.29.35'

import { type Certificate, publicKeyOf, verifyCertificateSignature } from '../certificate.ts'
import type { CertificationRequest } from '../certification-request.ts'
import { ProfileError } from '../errors.ts'
import type { GeneralName } from '../general-name.ts'
import { equalOctets } from '../internal/der.ts'
import { showText } from '../internal/show-text.ts'
import { type DistinguishedName, findCommonName } from '../name.ts'
import { describeKey, formatKeyShort } from './describe-key.ts'
import { formatRfc3339 } from './layout.ts'

/** The lines of `step certificate inspect --short`, each ended by a newline. */
export function formatCertificateShort(certificate: Certificate): string {
  const { serialNumber, subject, subjectAltNames, issuer, provisioner, validity } = certificate
  const key = formatKeyShort(describeKey(certificate.subjectPublicKeyInfo))
  const serial = abbreviate(serialNumber.toString())
  return joinLines([
    `X.509v3 ${kindOf(certificate)} Certificate (${key}) [Serial: ${serial}]`,
    ...formatSubject(subject, subjectAltNames),
    `  Issuer:      ${showText(findCommonName(issuer) ?? '')}`,
    ...(provisioner === undefined ? [] : [`  Provisioner: ${formatProvisioner(provisioner)}`]),
    `  Valid from:  ${formatRfc3339(validity.notBefore)}`,
    `          to:  ${formatRfc3339(validity.notAfter)}`,
  ])
}

/** The lines of `step certificate inspect --short` for a request, each ended by a newline. */
export function formatCertificationRequestShort(request: CertificationRequest): string {
  const key = formatKeyShort(describeKey(request.subjectPublicKeyInfo))
  return joinLines([
    `X.509v3 Certificate Signing Request (${key})`,
    ...formatSubject(request.subject, request.subjectAltNames),
  ])
}

/** Whether subject and issuer are the same name and the certificate's own key made its signature. */
export function isSelfSigned(certificate: Certificate): boolean {
  if (!equalOctets(certificate.subject.der, certificate.issuer.der)) return false
  try {
    return verifyCertificateSignature(certificate, publicKeyOf(certificate))
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    return false
  }
}

function kindOf(certificate: Certificate): string {
  if (certificate.basicConstraints?.isCa !== true) return 'TLS'
  return isSelfSigned(certificate) ? 'Root CA' : 'Intermediate CA'
}

function formatSubject(subject: DistinguishedName, names: readonly GeneralName[]): string[] {
  const commonName = findCommonName(subject)
  const ofType = (type: GeneralName['type']): string[] => {
    return names.filter((name) => name.type === type).map(({ value }) => value)
  }
  const alternatives = [...ofType('dns'), ...ofType('ip'), ...ofType('email'), ...ofType('uri')]
  const [first, ...rest] = [
    ...(commonName === undefined ? [] : [commonName]),
    ...alternatives.filter((value) => value !== commonName),
  ]
  if (first === undefined) return ['  Subject: ']
  const indent = ' '.repeat(15)
  return [
    `  Subject:     ${showText(first)}`,
    ...rest.map((value) => `${indent}${showText(value)}`),
  ]
}

function formatProvisioner({
  name,
  credentialId,
}: NonNullable<Certificate['provisioner']>): string {
  const id = credentialId === '' ? '' : ` [ID: ${abbreviate(credentialId)}]`
  return showText(`${name}${id}`)
}

/** The first and the last four characters of what is longer than eight. */
function abbreviate(text: string): string {
  return text.length > 8 ? `${text.slice(0, 4)}...${text.slice(-4)}` : text
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

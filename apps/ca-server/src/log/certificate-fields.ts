import type { Issued } from '@mayfly/authority-core'
import {
  type Certificate,
  findCommonName,
  type GeneralNameType,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { formatTime } from './format.ts'
import type { LogFields } from './line-fields.ts'

/** What the access log says about a certificate that was issued or shown. */
export function describeCertificate(
  certificate: Certificate,
  provisioner: Issued['provisioner'],
): LogFields {
  return {
    serial: String(certificate.serialNumber),
    subject: findCommonName(certificate.subject) ?? '',
    issuer: findCommonName(certificate.issuer) ?? '',
    sans: describeNames(certificate),
    'valid-from': formatTime(certificate.validity.notBefore),
    'valid-to': formatTime(certificate.validity.notAfter),
    'public-key': describePublicKey(certificate),
    certificate: Buffer.from(certificate.der).toString('base64'),
    ...(provisioner === undefined ? {} : { provisioner: describeProvisioner(provisioner) }),
  }
}

function describeProvisioner({ name, credentialId }: NonNullable<Issued['provisioner']>): string {
  return credentialId === '' ? name : `${name} (${credentialId})`
}

function describeNames({ subjectAltNames }: Certificate): Record<string, string[]> {
  const types: readonly GeneralNameType[] = ['dns', 'email', 'ip', 'uri']
  const entries = types.map((type) => {
    const values = subjectAltNames.filter((name) => name.type === type).map(({ value }) => value)
    return [type, values] as const
  })
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0))
}

/** The usual keys are told by how they begin: making a key object of one costs as much as a signature. */
function describePublicKey(certificate: Certificate): string {
  const start = Buffer.from(certificate.subjectPublicKeyInfo.subarray(0, 24)).toString('hex')
  const known = keysByStart.find(([prefix]) => start.startsWith(prefix))
  return known?.[1] ?? describeKeyObject(certificate)
}

function describeKeyObject(certificate: Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKeyOf(certificate)
  switch (asymmetricKeyType) {
    case 'rsa':
      return `RSA ${asymmetricKeyDetails?.modulusLength ?? 0}`
    default:
      return asymmetricKeyType ?? 'unknown'
  }
}

/** How the SubjectPublicKeyInfo of each begins, in hexadecimal (RFC 5480 §2, RFC 8410 §4). */
const keysByStart: readonly (readonly [string, string])[] = [
  ['3059301306072a8648ce3d020106082a8648ce3d030107', 'ECDSA P-256'],
  ['3076301006072a8648ce3d020106052b81040022', 'ECDSA P-384'],
  ['30819b301006072a8648ce3d020106052b81040023', 'ECDSA P-521'],
  ['302a300506032b6570', 'Ed25519'],
]

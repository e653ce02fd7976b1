import type { Issued } from '@mayfly/authority-core'
import {
  type Certificate,
  findCommonName,
  type GeneralNameType,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import type { LogFields } from './access-log.ts'
import { formatTime } from './format.ts'

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

function describePublicKey(certificate: Certificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKeyOf(certificate)
  switch (asymmetricKeyType) {
    case 'ec':
      return `ECDSA ${curveNames.get(asymmetricKeyDetails?.namedCurve ?? '') ?? 'unknown'}`
    case 'rsa':
      return `RSA ${asymmetricKeyDetails?.modulusLength ?? 0}`
    case 'ed25519':
      return 'Ed25519'
    default:
      return asymmetricKeyType ?? 'unknown'
  }
}

const curveNames: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

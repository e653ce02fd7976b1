import type { KeyObject } from 'node:crypto'
import {
  type CertificateFields,
  formatName,
  type GeneralName,
  type Issuer,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import type { IssuanceDecision } from './issuance-decision.ts'

/** A certificate that would be issued. Its serial number is drawn when it is. */
export interface PlannedCertificate {
  readonly subject: string
  /** With their kind: `dns:web.internal`. */
  readonly subjectAltNames: readonly string[]
  readonly notBefore: Date
  readonly notAfter: Date
  readonly key: string
  readonly issuer: string
  readonly provisioner: { readonly name: string; readonly type: string; readonly path: string }
  /** Who says what it holds: the leaf that everybody gets, or the provisioner's template. */
  readonly contents: 'leaf' | 'template'
  readonly extensions: readonly PlannedExtension[]
}

/** An extension in short. */
export interface PlannedExtension {
  readonly oid: string
  /** Its name in RFC 5280, the object identifier where it has none there. */
  readonly name: string
  readonly critical: boolean
  /** Its value where a word or two say it. */
  readonly value: string | undefined
}

export function describePlan(
  { provisioner, contents }: IssuanceDecision,
  fields: CertificateFields,
  issuer: Issuer,
): PlannedCertificate {
  const { name, type, path } = provisioner
  return {
    subject: formatName(fields.subject),
    subjectAltNames: fields.subjectAltNames.map((each) => `${each.type}:${each.value}`),
    notBefore: fields.validity.notBefore,
    notAfter: fields.validity.notAfter,
    key: describeKey(publicKeyOf(fields)),
    issuer: formatName(issuer.certificate.subject),
    provisioner: { name, type, path },
    contents: 'chosen' in contents ? 'template' : 'leaf',
    extensions: fields.extensions.map(({ oid, critical }) => ({
      oid,
      name: extensionNames.get(oid) ?? oid,
      critical,
      value: shortValues.get(oid)?.(fields),
    })),
  }
}

/** `EC P-256`, `RSA 2048`, `Ed25519`. */
export function describeKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  switch (asymmetricKeyType) {
    case 'ec': {
      const curve = asymmetricKeyDetails?.namedCurve ?? ''
      return `EC ${curveNames.get(curve) ?? curve}`
    }
    case 'rsa':
      return `RSA ${asymmetricKeyDetails?.modulusLength}`
    case 'ed25519':
      return 'Ed25519'
    default:
      return String(asymmetricKeyType)
  }
}

/** The common name, then the others with their kind; a few of many. */
export function listNames(
  commonName: string | undefined,
  subjectAltNames: readonly GeneralName[],
): string {
  const others = subjectAltNames.map(({ type, value }) => `${type}:${value}`)
  const all = commonName ? [`CN=${commonName}`, ...others] : others
  if (all.length === 0) return 'no name'
  const shown = all.slice(0, maximumShown).join(', ')
  return all.length > maximumShown ? `${shown} and ${all.length - maximumShown} more` : shown
}

const maximumShown = 10

const curveNames = new Map([
  ['prime256v1', 'P-256'],
  ['secp384r1', 'P-384'],
  ['secp521r1', 'P-521'],
])

const oids = {
  keyUsage: '2.5.29.15',
  extKeyUsage: '2.5.29.37',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
  provisioner: '1.3.6.1.4.1.37476.9000.64.1',
} as const

const extensionNames = new Map<string, string>([
  [oids.keyUsage, 'keyUsage'],
  [oids.extKeyUsage, 'extKeyUsage'],
  [oids.basicConstraints, 'basicConstraints'],
  [oids.subjectAltName, 'subjectAltName'],
  [oids.provisioner, 'provisioner'],
  ['2.5.29.14', 'subjectKeyIdentifier'],
  ['2.5.29.35', 'authorityKeyIdentifier'],
  ['2.5.29.30', 'nameConstraints'],
  ['2.5.29.31', 'cRLDistributionPoints'],
  ['2.5.29.32', 'certificatePolicies'],
  ['1.3.6.1.5.5.7.1.1', 'authorityInfoAccess'],
])

const purposeNames = new Map([
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.3', 'codeSigning'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
])

const shortValues = new Map<string, (fields: CertificateFields) => string | undefined>([
  [oids.keyUsage, ({ keyUsage }) => keyUsage?.join(', ')],
  [
    oids.extKeyUsage,
    ({ extendedKeyUsages }) =>
      extendedKeyUsages?.map((oid) => purposeNames.get(oid) ?? oid).join(', '),
  ],
  [
    oids.basicConstraints,
    ({ basicConstraints }) => (basicConstraints?.isCa ? 'a certificate authority' : 'no authority'),
  ],
  [oids.provisioner, ({ provisioner }) => provisioner?.name],
])

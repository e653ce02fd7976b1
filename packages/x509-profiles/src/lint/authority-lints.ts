import type { Certificate } from '../certificate.ts'
import type { KeyUsage } from '../extensions.ts'
import { extensionOids } from '../internal/oids.ts'
import { isEmptyName } from '../name.ts'
import type { Lint } from './lint.ts'
import {
  all,
  anyHttp,
  attributeOids,
  crlUris,
  documents,
  has,
  informationAccess,
  isAuthority,
  isCritical,
  isRoot,
  isSubordinate,
  valuesOf,
} from './scope.ts'

const { keyUsage, basicConstraints, extendedKeyUsage, nameConstraints } = extensionOids
const { certificatePolicies, crlDistributionPoints, authorityInfoAccess } = extensionOids

const hasUsage =
  (usage: KeyUsage) =>
  (certificate: Certificate): boolean =>
    certificate.keyUsage?.includes(usage) === true

const hasSubject =
  (type: string) =>
  ({ subject }: Certificate): boolean =>
    valuesOf(subject, type).some((value) => value !== '')

/** Lints of certificate authorities. */
export const authorityLints: readonly Lint[] = [
  {
    name: 'e_basic_constraints_not_critical',
    source: 'rfc2459',
    applies: isAuthority,
    holds: (certificate) => isCritical(certificate, basicConstraints),
  },
  {
    name: 'e_ca_is_ca',
    source: 'baseline',
    applies: all(hasUsage('keyCertSign'), has(basicConstraints)),
    holds: isAuthority,
  },
  {
    name: 'e_ca_key_usage_missing',
    source: 'baseline',
    since: documents.rfc3280,
    applies: isAuthority,
    holds: has(keyUsage),
  },
  {
    name: 'e_ca_key_usage_not_critical',
    source: 'baseline',
    applies: all(isAuthority, has(keyUsage)),
    holds: (certificate) => isCritical(certificate, keyUsage),
  },
  {
    name: 'e_ca_key_cert_sign_not_set',
    source: 'baseline',
    applies: all(isAuthority, has(keyUsage)),
    holds: hasUsage('keyCertSign'),
  },
  {
    name: 'e_ca_crl_sign_not_set',
    source: 'baseline',
    applies: all(isAuthority, has(keyUsage)),
    holds: hasUsage('cRLSign'),
  },
  {
    name: 'n_ca_digital_signature_not_set',
    source: 'baseline',
    applies: all(isAuthority, has(keyUsage)),
    holds: hasUsage('digitalSignature'),
  },
  {
    name: 'e_ca_common_name_missing',
    source: 'baseline',
    since: new Date('2017-03-03T00:00:00Z'),
    applies: isAuthority,
    holds: hasSubject(attributeOids.commonName),
  },
  {
    name: 'e_ca_country_name_missing',
    source: 'baseline',
    applies: isAuthority,
    holds: hasSubject(attributeOids.country),
  },
  {
    name: 'e_ca_organization_name_missing',
    source: 'baseline',
    applies: isAuthority,
    holds: hasSubject(attributeOids.organization),
  },
  {
    name: 'e_ca_subject_field_empty',
    source: 'rfc2459',
    applies: isAuthority,
    holds: ({ subject }) => !isEmptyName(subject),
  },
  {
    name: 'e_ext_subject_key_identifier_missing_ca',
    source: 'rfc2459',
    applies: isAuthority,
    holds: has(extensionOids.subjectKeyIdentifier),
  },
  {
    name: 'e_root_ca_extended_key_usage_present',
    source: 'baseline',
    applies: isRoot,
    holds: (certificate) => !has(extendedKeyUsage)(certificate),
  },
  {
    name: 'w_root_ca_basic_constraints_path_len_constraint_field_present',
    source: 'baseline',
    applies: isRoot,
    holds: (certificate) => certificate.basicConstraints?.pathLength === undefined,
  },
  {
    name: 'w_root_ca_contains_cert_policy',
    source: 'baseline',
    applies: isRoot,
    holds: (certificate) => !has(certificatePolicies)(certificate),
  },
  {
    name: 'e_sub_ca_certificate_policies_missing',
    source: 'baseline',
    applies: isSubordinate,
    holds: has(certificatePolicies),
  },
  {
    name: 'w_sub_ca_certificate_policies_marked_critical',
    source: 'baseline',
    applies: all(isSubordinate, has(certificatePolicies)),
    holds: (certificate) => !isCritical(certificate, certificatePolicies),
  },
  {
    name: 'e_sub_ca_crl_distribution_points_missing',
    source: 'baseline',
    applies: isSubordinate,
    holds: has(crlDistributionPoints),
  },
  {
    name: 'e_sub_ca_crl_distribution_points_marked_critical',
    source: 'baseline',
    applies: all(isSubordinate, has(crlDistributionPoints)),
    holds: (certificate) => !isCritical(certificate, crlDistributionPoints),
  },
  {
    name: 'e_sub_ca_crl_distribution_points_does_not_contain_url',
    source: 'baseline',
    applies: all(isSubordinate, has(crlDistributionPoints)),
    holds: (certificate) => anyHttp(crlUris(certificate)),
  },
  {
    name: 'e_sub_ca_aia_missing',
    source: 'baseline',
    applies: isSubordinate,
    holds: has(authorityInfoAccess),
  },
  {
    name: 'e_sub_ca_aia_marked_critical',
    source: 'baseline',
    applies: all(isSubordinate, has(authorityInfoAccess)),
    holds: (certificate) => !isCritical(certificate, authorityInfoAccess),
  },
  {
    name: 'e_sub_ca_aia_does_not_contain_ocsp_url',
    source: 'baseline',
    applies: isSubordinate,
    holds: (certificate) => anyHttp(informationAccess(certificate).ocsp),
  },
  {
    name: 'w_sub_ca_aia_does_not_contain_issuing_ca_url',
    source: 'baseline',
    applies: isSubordinate,
    holds: (certificate) => anyHttp(informationAccess(certificate).caIssuers),
  },
  {
    name: 'n_sub_ca_eku_missing',
    source: 'baseline',
    applies: isSubordinate,
    holds: has(extendedKeyUsage),
  },
  {
    name: 'w_sub_ca_eku_critical',
    source: 'baseline',
    since: new Date('2016-09-30T00:00:00Z'),
    applies: all(isSubordinate, has(extendedKeyUsage)),
    holds: (certificate) => !isCritical(certificate, extendedKeyUsage),
  },
  {
    name: 'w_sub_ca_name_constraints_not_critical',
    source: 'baseline',
    applies: all(isSubordinate, has(nameConstraints)),
    holds: (certificate) => isCritical(certificate, nameConstraints),
  },
]

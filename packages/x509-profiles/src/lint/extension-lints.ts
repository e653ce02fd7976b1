import { extensionOids } from '../internal/oids.ts'
import { isEmptyName } from '../name.ts'
import { looksSelfSigned } from '../path-rules.ts'
import type { Lint, LintSource } from './lint.ts'
import {
  always,
  anyPurpose,
  documents,
  has,
  isAuthority,
  isCritical,
  isRoot,
  isSubscriber,
  lintOids,
} from './scope.ts'

const { keyUsage, subjectAltName, nameConstraints, extendedKeyUsage } = extensionOids
const { authorityKeyIdentifier, subjectKeyIdentifier } = extensionOids

/** Lints of extensions in certificates of all kinds. */
export const extensionLints: readonly Lint[] = [
  {
    name: 'e_ext_authority_key_identifier_missing',
    source: 'rfc2459',
    applies: (certificate) => !isRoot(certificate),
    holds: (certificate) =>
      has(authorityKeyIdentifier)(certificate) || looksSelfSigned(certificate),
  },
  {
    name: 'e_ext_authority_key_identifier_no_key_identifier',
    source: 'rfc2459',
    applies: always,
    holds: (certificate) =>
      certificate.authorityKeyIdentifier !== undefined || looksSelfSigned(certificate),
  },
  notCritical('e_ext_authority_key_identifier_critical', authorityKeyIdentifier, 'rfc2459'),
  notCritical('e_ext_subject_key_identifier_critical', subjectKeyIdentifier, 'rfc2459'),
  {
    name: 'w_ext_subject_key_identifier_missing_sub_cert',
    source: 'rfc2459',
    applies: (certificate) => !isAuthority(certificate),
    holds: has(subjectKeyIdentifier),
  },
  critical('w_ext_key_usage_not_critical', keyUsage, 'rfc2459'),
  {
    name: 'e_ext_key_usage_cert_sign_without_ca',
    source: 'rfc3280',
    applies: has(keyUsage),
    holds: (certificate) =>
      certificate.keyUsage?.includes('keyCertSign') !== true || isAuthority(certificate),
  },
  {
    name: 'e_path_len_constraint_improperly_included',
    source: 'rfc3280',
    applies: has(extensionOids.basicConstraints),
    holds: ({ basicConstraints, keyUsage: usages }) =>
      basicConstraints?.pathLength === undefined ||
      (basicConstraints.isCa && usages?.includes('keyCertSign') === true),
  },
  {
    name: 'e_ext_san_missing',
    source: 'baseline',
    applies: isSubscriber,
    holds: has(subjectAltName),
  },
  {
    name: 'e_ext_san_not_critical_without_subject',
    source: 'rfc5280',
    applies: has(subjectAltName),
    holds: (certificate) =>
      !isEmptyName(certificate.subject) || isCritical(certificate, subjectAltName),
  },
  {
    name: 'w_ext_san_critical_with_subject_dn',
    source: 'baseline',
    since: documents.rfc5280,
    applies: has(subjectAltName),
    holds: (certificate) =>
      isEmptyName(certificate.subject) || !isCritical(certificate, subjectAltName),
  },
  notCritical('e_ext_aia_marked_critical', extensionOids.authorityInfoAccess, 'rfc2459'),
  notCritical(
    'w_ext_crl_distribution_marked_critical',
    extensionOids.crlDistributionPoints,
    'rfc2459',
  ),
  critical('e_ext_name_constraints_not_critical', nameConstraints, 'rfc2459'),
  {
    name: 'e_ext_name_constraints_not_in_ca',
    source: 'rfc2459',
    applies: has(nameConstraints),
    holds: isAuthority,
  },
  critical('e_inhibit_any_policy_not_critical', lintOids.inhibitAnyPolicy, 'rfc3280'),
  critical('e_ext_policy_constraints_not_critical', lintOids.policyConstraints, 'rfc5280'),
  critical('w_ext_policy_map_not_critical', lintOids.policyMappings, 'rfc2459'),
  notCritical('e_subject_info_access_marked_critical', lintOids.subjectInfoAccess, 'rfc3280'),
  notCritical('e_ext_freshest_crl_marked_critical', lintOids.freshestCrl, 'rfc3280'),
  notCritical('w_ext_ian_critical', lintOids.issuerAltName, 'rfc2459'),
  {
    name: 'w_eku_critical_improperly',
    source: 'rfc3280',
    applies: has(extendedKeyUsage),
    holds: (certificate) =>
      certificate.extendedKeyUsages?.includes(anyPurpose) !== true ||
      !isCritical(certificate, extendedKeyUsage),
  },
]

function notCritical(name: Lint['name'], oid: string, source: LintSource): Lint {
  const holds: Lint['holds'] = (certificate) => !isCritical(certificate, oid)
  return { name, source, applies: has(oid), holds }
}

function critical(name: Lint['name'], oid: string, source: LintSource): Lint {
  const holds: Lint['holds'] = (certificate) => isCritical(certificate, oid)
  return { name, source, applies: has(oid), holds }
}

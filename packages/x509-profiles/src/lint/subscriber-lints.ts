import { extensionOids, keyPurposeOids } from '../internal/oids.ts'
import type { Lint } from './lint.ts'
import {
  all,
  anyHttp,
  crlUris,
  has,
  informationAccess,
  isCritical,
  isIssuedToOthers,
  isSubscriber,
} from './scope.ts'

const { keyUsage, extendedKeyUsage, certificatePolicies } = extensionOids
const { crlDistributionPoints, authorityInfoAccess } = extensionOids

const commonPurposes: readonly string[] = [
  keyPurposeOids.serverAuth,
  keyPurposeOids.clientAuth,
  // emailProtection
  '1.3.6.1.5.5.7.3.4',
]

const day = 24 * 3_600_000

/** Lints of certificates of servers, persons and programs. */
export const subscriberLints: readonly Lint[] = [
  {
    name: 'e_sub_cert_aia_missing',
    source: 'baseline',
    applies: isSubscriber,
    holds: has(authorityInfoAccess),
  },
  {
    name: 'e_sub_cert_aia_marked_critical',
    source: 'baseline',
    applies: all(isIssuedToOthers, has(authorityInfoAccess)),
    holds: (certificate) => !isCritical(certificate, authorityInfoAccess),
  },
  {
    name: 'e_sub_cert_aia_does_not_contain_ocsp_url',
    source: 'baseline',
    applies: isSubscriber,
    holds: (certificate) => anyHttp(informationAccess(certificate).ocsp),
  },
  {
    name: 'w_sub_cert_aia_does_not_contain_issuing_ca_url',
    source: 'baseline',
    applies: isIssuedToOthers,
    holds: (certificate) => anyHttp(informationAccess(certificate).caIssuers),
  },
  {
    name: 'e_sub_cert_certificate_policies_missing',
    source: 'baseline',
    applies: isSubscriber,
    holds: has(certificatePolicies),
  },
  {
    name: 'w_sub_cert_certificate_policies_marked_critical',
    source: 'baseline',
    applies: has(certificatePolicies),
    holds: (certificate) => !isCritical(certificate, certificatePolicies),
  },
  {
    name: 'e_sub_cert_crl_distribution_points_marked_critical',
    source: 'baseline',
    applies: has(crlDistributionPoints),
    holds: (certificate) => !isCritical(certificate, crlDistributionPoints),
  },
  {
    name: 'e_sub_cert_crl_distribution_points_does_not_contain_url',
    source: 'baseline',
    applies: has(crlDistributionPoints),
    holds: (certificate) => anyHttp(crlUris(certificate)),
  },
  {
    name: 'e_sub_cert_eku_missing',
    source: 'baseline',
    applies: isSubscriber,
    holds: has(extendedKeyUsage),
  },
  {
    name: 'e_sub_cert_eku_server_auth_client_auth_missing',
    source: 'baseline',
    applies: has(extendedKeyUsage),
    holds: ({ extendedKeyUsages = [] }) =>
      extendedKeyUsages.some((oid) => commonPurposes.slice(0, 2).includes(oid)),
  },
  {
    name: 'w_sub_cert_eku_extra_values',
    source: 'baseline',
    applies: has(extendedKeyUsage),
    holds: ({ extendedKeyUsages = [] }) =>
      extendedKeyUsages.every((oid) => commonPurposes.includes(oid)),
  },
  {
    name: 'e_sub_cert_key_usage_cert_sign_bit_set',
    source: 'baseline',
    applies: all(isSubscriber, has(keyUsage)),
    holds: (certificate) => certificate.keyUsage?.includes('keyCertSign') !== true,
  },
  {
    name: 'e_sub_cert_key_usage_crl_sign_bit_set',
    source: 'baseline',
    applies: all(isSubscriber, has(keyUsage)),
    holds: (certificate) => certificate.keyUsage?.includes('cRLSign') !== true,
  },
  {
    name: 'e_sub_cert_valid_time_longer_than_825_days',
    source: 'baseline',
    since: new Date('2018-03-02T00:00:00Z'),
    applies: isIssuedToOthers,
    holds: ({ validity: { notBefore, notAfter } }) =>
      notAfter.getTime() - notBefore.getTime() <= 825 * day,
  },
  {
    name: 'e_sub_cert_valid_time_longer_than_39_months',
    source: 'baseline',
    since: new Date('2016-07-02T00:00:00Z'),
    applies: isIssuedToOthers,
    holds: ({ validity: { notBefore, notAfter } }) => {
      const latest = new Date(notBefore)
      latest.setUTCMonth(latest.getUTCMonth() + 39)
      return notAfter <= latest
    },
  },
]

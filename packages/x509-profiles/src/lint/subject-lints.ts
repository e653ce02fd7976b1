import { isIP } from 'node:net'
import { formatIpAddress } from '../internal/ip-address.ts'
import { extensionOids } from '../internal/oids.ts'
import { type DistinguishedName, isEmptyName } from '../name.ts'
import type { Lint } from './lint.ts'
import { isReservedAddress } from './name-lints.ts'
import {
  alternativeNames,
  always,
  attributeOids,
  has,
  isAuthority,
  isIssuedToOthers,
  isSubscriber,
  valuesOf,
} from './scope.ts'

/** Lints of subject and issuer. */
export const subjectLints: readonly Lint[] = [
  {
    name: 'e_issuer_field_empty',
    source: 'rfc2459',
    applies: always,
    holds: ({ issuer }) => !isEmptyName(issuer),
  },
  {
    name: 'e_subject_empty_without_san',
    source: 'rfc2459',
    applies: always,
    holds: (certificate) =>
      !isEmptyName(certificate.subject) || has(extensionOids.subjectAltName)(certificate),
  },
  {
    name: 'e_sub_cert_country_name_must_appear',
    source: 'baseline',
    applies: isIssuedToOthers,
    holds: ({ subject }) =>
      valuesOf(subject, attributeOids.organization).length === 0 ||
      valuesOf(subject, attributeOids.country).length > 0,
  },
  {
    name: 'e_subject_common_name_not_from_san',
    source: 'baseline',
    applies: (certificate) => commonNames(certificate).length > 0 && !isAuthority(certificate),
    holds: (certificate) => {
      const names = alternativeNames(certificate).flatMap((name) => {
        if (name.kind === 'dns') return [name.text]
        return name.kind === 'ip' ? [formatIpAddress(name.octets) ?? ''] : []
      })
      // Character for character, as the baseline requirements want it.
      return commonNames(certificate).every((name) => names.includes(name))
    },
  },
  {
    name: 'n_subject_common_name_included',
    source: 'baseline',
    applies: isSubscriber,
    holds: (certificate) => commonNames(certificate).length === 0,
  },
  {
    name: 'e_subject_contains_reserved_ip',
    source: 'baseline',
    applies: always,
    holds: (certificate) =>
      commonNames(certificate).every((name) => isIP(name) === 0 || !isReservedAddress(name)),
  },
  maximum('e_subject_common_name_max_length', attributeOids.commonName, 64),
  maximum('e_subject_organization_name_max_length', attributeOids.organization, 64),
  maximum('e_subject_organizational_unit_name_max_length', attributeOids.organizationalUnit, 64),
  maximum('e_subject_locality_name_max_length', attributeOids.locality, 128),
  maximum('e_subject_state_name_max_length', attributeOids.province, 128),
  {
    name: 'n_multiple_subject_rdn',
    source: 'rfc2459',
    applies: always,
    holds: ({ subject }) => subject.relativeNames.every((attributes) => attributes.length === 1),
  },
  {
    name: 'w_multiple_issuer_rdn',
    source: 'rfc2459',
    applies: always,
    holds: ({ issuer }) => issuer.relativeNames.every((attributes) => attributes.length === 1),
  },
  trimmed('w_subject_dn_leading_whitespace', 'subject', /^\s/),
  trimmed('w_subject_dn_trailing_whitespace', 'subject', /\s$/),
  trimmed('w_issuer_dn_leading_whitespace', 'issuer', /^\s/),
  trimmed('w_issuer_dn_trailing_whitespace', 'issuer', /\s$/),
]

function commonNames({ subject }: { readonly subject: DistinguishedName }): readonly string[] {
  return valuesOf(subject, attributeOids.commonName)
}

/** RFC 5280 appendix A.1 bounds the lengths, in characters. */
function maximum(name: Lint['name'], type: string, characters: number): Lint {
  return {
    name,
    source: 'rfc2459',
    applies: always,
    holds: ({ subject }) =>
      valuesOf(subject, type).every((value) => [...value].length <= characters),
  }
}

function trimmed(name: Lint['name'], field: 'subject' | 'issuer', blank: RegExp): Lint {
  return {
    name,
    source: 'rfc2459',
    applies: always,
    holds: ({ [field]: { attributes } }) => attributes.every(({ value }) => !blank.test(value)),
  }
}

import { describe, expect, test } from 'vitest'
import {
  encodeBasicConstraints,
  encodeExtendedKeyUsages,
  encodeSubjectAltNames,
} from '../../src/extensions.ts'
import { type Certificate, createName, lintCertificate } from '../../src/index.ts'
import {
  constructed,
  encodeElement,
  encodeOid,
  encodeSequence,
  primitive,
} from '../../src/internal/der.ts'
import {
  aia,
  authorityName,
  days,
  distributionPoints,
  dns,
  generalNames,
  informationAccess,
  joinedName,
  type LintContents,
  makeLintRoot,
  makeSubordinate,
  makeSubscriber,
  otherKey,
  rsaKey,
  serverAuth,
  type TaggedName,
  usage,
} from '../support/lint-certificates.ts'

const [keyUsage, san, basicConstraints, eku] = ['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.37']
const [ski, aki, policies, crl, nameConstraints] = [
  '2.5.29.14',
  '2.5.29.35',
  '2.5.29.32',
  '2.5.29.31',
  '2.5.29.30',
]
const notAuthority = { value: encodeBasicConstraints({ isCa: false }) }

/** A change of a sound certificate, and the lint that it fails. */
interface Row {
  readonly lint: string
  readonly make?: (contents: LintContents) => Certificate
  readonly change: LintContents
}

const without = (oid: string): LintContents => ({ extensions: { [oid]: undefined } })
const critical = (oid: string, isCritical = true): LintContents => ({
  extensions: { [oid]: { critical: isCritical } },
})
const named = (...names: readonly TaggedName[]): LintContents => ({
  extensions: { [san]: { value: generalNames(...names) } },
})
const purposes = (...oids: readonly string[]) => ({ value: encodeExtendedKeyUsages(oids) })
const uri = (text: string) => [primitive(6), Buffer.from(text)] as const
const onlyCommonName = (commonName: string): LintContents => ({
  subject: createName({ commonName }),
})

const rows: readonly Row[] = [
  {
    lint: 'e_basic_constraints_not_critical',
    make: makeLintRoot,
    change: critical(basicConstraints, false),
  },
  {
    lint: 'e_ca_is_ca',
    change: { extensions: { [keyUsage]: usage('keyCertSign'), [basicConstraints]: notAuthority } },
  },
  { lint: 'e_ca_key_usage_missing', make: makeLintRoot, change: without(keyUsage) },
  { lint: 'e_ca_key_usage_not_critical', make: makeLintRoot, change: critical(keyUsage, false) },
  {
    lint: 'e_ca_key_cert_sign_not_set',
    make: makeLintRoot,
    change: { extensions: { [keyUsage]: usage('cRLSign') } },
  },
  {
    lint: 'e_ca_crl_sign_not_set',
    make: makeLintRoot,
    change: { extensions: { [keyUsage]: usage('keyCertSign') } },
  },
  {
    lint: 'n_ca_digital_signature_not_set',
    make: makeLintRoot,
    change: { extensions: { [keyUsage]: usage('keyCertSign', 'cRLSign') } },
  },
  {
    lint: 'e_ca_common_name_missing',
    make: makeSubordinate,
    change: { subject: createName({ country: 'DE', organization: 'O' }) },
  },
  {
    lint: 'e_ca_country_name_missing',
    make: makeSubordinate,
    change: { subject: createName({ organization: 'O', commonName: 'C' }) },
  },
  {
    lint: 'e_ca_organization_name_missing',
    make: makeSubordinate,
    change: { subject: createName({ country: 'DE', commonName: 'C' }) },
  },
  { lint: 'e_ca_subject_field_empty', make: makeSubordinate, change: { subject: createName({}) } },
  { lint: 'e_ext_subject_key_identifier_missing_ca', make: makeLintRoot, change: without(ski) },
  {
    lint: 'e_root_ca_extended_key_usage_present',
    make: makeLintRoot,
    change: { extensions: { [eku]: purposes(serverAuth) } },
  },
  {
    lint: 'w_root_ca_basic_constraints_path_len_constraint_field_present',
    make: makeLintRoot,
    change: {
      extensions: {
        [basicConstraints]: { value: encodeBasicConstraints({ isCa: true, pathLength: 1 }) },
      },
    },
  },
  {
    lint: 'w_root_ca_contains_cert_policy',
    make: makeLintRoot,
    change: {
      extensions: { [policies]: { value: encodeSequence(encodeSequence(encodeOid('1.2.3'))) } },
    },
  },
  {
    lint: 'e_sub_ca_certificate_policies_missing',
    make: makeSubordinate,
    change: without(policies),
  },
  {
    lint: 'w_sub_ca_certificate_policies_marked_critical',
    make: makeSubordinate,
    change: critical(policies),
  },
  { lint: 'e_sub_ca_crl_distribution_points_missing', make: makeSubordinate, change: without(crl) },
  {
    lint: 'e_sub_ca_crl_distribution_points_marked_critical',
    make: makeSubordinate,
    change: critical(crl),
  },
  {
    lint: 'e_sub_ca_crl_distribution_points_does_not_contain_url',
    make: makeSubordinate,
    change: { extensions: { [crl]: distributionPoints('ldap://x') } },
  },
  { lint: 'e_sub_ca_aia_missing', make: makeSubordinate, change: without(aia) },
  { lint: 'e_sub_ca_aia_marked_critical', make: makeSubordinate, change: critical(aia) },
  {
    lint: 'e_sub_ca_aia_does_not_contain_ocsp_url',
    make: makeSubordinate,
    change: { extensions: { [aia]: informationAccess([2, 'http://x']) } },
  },
  {
    lint: 'w_sub_ca_aia_does_not_contain_issuing_ca_url',
    make: makeSubordinate,
    change: { extensions: { [aia]: informationAccess([1, 'http://x']) } },
  },
  { lint: 'n_sub_ca_eku_missing', make: makeSubordinate, change: without(eku) },
  { lint: 'w_sub_ca_eku_critical', make: makeSubordinate, change: critical(eku) },
  {
    lint: 'w_sub_ca_name_constraints_not_critical',
    make: makeSubordinate,
    change: {
      extensions: {
        [nameConstraints]: {
          value: encodeSequence(
            encodeElement(
              constructed(0),
              encodeSequence(encodeElement(primitive(2), Buffer.from('x'))),
            ),
          ),
        },
      },
    },
  },

  { lint: 'e_sub_cert_aia_missing', change: without(aia) },
  { lint: 'e_sub_cert_aia_marked_critical', change: critical(aia) },
  {
    lint: 'e_sub_cert_aia_does_not_contain_ocsp_url',
    change: { extensions: { [aia]: informationAccess([1, 'ldap://x'], [2, 'http://x']) } },
  },
  {
    lint: 'w_sub_cert_aia_does_not_contain_issuing_ca_url',
    change: { extensions: { [aia]: informationAccess([1, 'http://x']) } },
  },
  { lint: 'e_sub_cert_certificate_policies_missing', change: without(policies) },
  { lint: 'w_sub_cert_certificate_policies_marked_critical', change: critical(policies) },
  { lint: 'e_sub_cert_crl_distribution_points_marked_critical', change: critical(crl) },
  {
    lint: 'e_sub_cert_crl_distribution_points_does_not_contain_url',
    change: { extensions: { [crl]: distributionPoints('ldap://x') } },
  },
  { lint: 'e_sub_cert_eku_missing', change: without(eku) },
  {
    lint: 'e_sub_cert_eku_server_auth_client_auth_missing',
    change: { extensions: { [eku]: purposes('2.5.29.37.0') } },
  },
  {
    lint: 'w_sub_cert_eku_extra_values',
    change: { extensions: { [eku]: purposes(serverAuth, '1.3.6.1.5.5.7.3.3') } },
  },
  {
    lint: 'e_sub_cert_key_usage_cert_sign_bit_set',
    change: { extensions: { [keyUsage]: usage('keyCertSign') } },
  },
  {
    lint: 'e_sub_cert_key_usage_crl_sign_bit_set',
    change: { extensions: { [keyUsage]: usage('cRLSign') } },
  },
  { lint: 'e_sub_cert_valid_time_longer_than_825_days', change: { validity: days(826) } },
  { lint: 'e_sub_cert_valid_time_longer_than_39_months', change: { validity: days(1200) } },

  { lint: 'e_ext_authority_key_identifier_missing', change: without(aki) },
  {
    lint: 'e_ext_authority_key_identifier_no_key_identifier',
    change: { extensions: { [aki]: { value: encodeSequence() } } },
  },
  { lint: 'e_ext_authority_key_identifier_critical', change: critical(aki) },
  { lint: 'e_ext_subject_key_identifier_critical', change: critical(ski) },
  { lint: 'w_ext_subject_key_identifier_missing_sub_cert', change: without(ski) },
  { lint: 'w_ext_key_usage_not_critical', change: critical(keyUsage, false) },
  {
    lint: 'e_ext_key_usage_cert_sign_without_ca',
    change: { extensions: { [keyUsage]: usage('keyCertSign') } },
  },
  {
    lint: 'e_path_len_constraint_improperly_included',
    change: {
      extensions: {
        [basicConstraints]: { value: encodeBasicConstraints({ isCa: false, pathLength: 0 }) },
      },
    },
  },
  { lint: 'e_ext_san_missing', change: { ...without(san), ...onlyCommonName('x.com') } },
  { lint: 'e_ext_san_not_critical_without_subject', change: critical(san, false) },
  { lint: 'w_ext_san_critical_with_subject_dn', change: onlyCommonName('web.example.com') },
  { lint: 'e_ext_aia_marked_critical', change: critical(aia) },
  { lint: 'w_ext_crl_distribution_marked_critical', change: critical(crl) },
  {
    lint: 'e_ext_name_constraints_not_critical',
    make: makeSubordinate,
    change: critical(nameConstraints, false),
  },
  { lint: 'e_ext_name_constraints_not_in_ca', change: critical(nameConstraints) },
  {
    lint: 'e_inhibit_any_policy_not_critical',
    make: makeSubordinate,
    change: critical('2.5.29.54', false),
  },
  {
    lint: 'e_ext_policy_constraints_not_critical',
    make: makeSubordinate,
    change: critical('2.5.29.36', false),
  },
  {
    lint: 'w_ext_policy_map_not_critical',
    make: makeSubordinate,
    change: critical('2.5.29.33', false),
  },
  { lint: 'e_subject_info_access_marked_critical', change: critical('1.3.6.1.5.5.7.1.11') },
  { lint: 'e_ext_freshest_crl_marked_critical', change: critical('2.5.29.46') },
  { lint: 'w_ext_ian_critical', change: critical('2.5.29.18') },
  {
    lint: 'w_eku_critical_improperly',
    change: { extensions: { [eku]: { ...purposes(serverAuth, '2.5.29.37.0'), critical: true } } },
  },

  { lint: 'e_invalid_certificate_version', change: { version: 1 } },
  { lint: 'w_serial_number_low_entropy', change: { serialNumber: 2n ** 40n } },
  { lint: 'e_validity_time_not_positive', change: { validity: days(-1) } },
  { lint: 'e_signature_algorithm_not_supported', change: { signatureOid: '1.2.840.113549.1.1.4' } },
  { lint: 'e_sub_cert_or_sub_ca_using_sha1', change: { signatureOid: '1.2.840.10045.4.1' } },
  { lint: 'e_public_key_type_not_allowed', change: { key: otherKey('1.3.101.112') } },
  { lint: 'e_ec_improper_curves', change: { key: otherKey('1.2.840.10045.2.1', '1.3.132.0.33') } },
  { lint: 'e_rsa_mod_less_than_2048_bits', change: { key: rsaKey({ modulus: 2n ** 1023n + 1n }) } },
  { lint: 'w_rsa_mod_not_odd', change: { key: rsaKey({ modulus: 2n ** 2047n }) } },
  { lint: 'e_rsa_public_exponent_not_odd', change: { key: rsaKey({ exponent: 65_538n }) } },
  { lint: 'e_rsa_public_exponent_too_small', change: { key: rsaKey({ exponent: 1n }) } },
  { lint: 'w_rsa_public_exponent_not_in_range', change: { key: rsaKey({ exponent: 3n }) } },

  { lint: 'e_dnsname_bad_character_in_label', change: named(dns('we b.example.com')) },
  { lint: 'e_dnsname_empty_label', change: named(dns('web..example.com')) },
  { lint: 'e_dnsname_label_too_long', change: named(dns(`${'a'.repeat(64)}.example.com`)) },
  { lint: 'e_dnsname_left_label_wildcard_correct', change: named(dns('a*.example.com')) },
  { lint: 'e_dnsname_wildcard_only_in_left_label', change: named(dns('a.*.example.com')) },
  { lint: 'e_ext_san_dns_name_too_long', change: named(dns(`${'abcdefg.'.repeat(32)}com`)) },
  { lint: 'e_ext_san_space_dns_name', change: named(dns(' ')) },
  { lint: 'e_san_bare_wildcard', change: named(dns('*')) },
  { lint: 'e_san_dns_name_starts_with_period', change: named(dns('.example.com')) },
  { lint: 'e_san_wildcard_not_first', change: named(dns('a.*.example.com')) },
  {
    lint: 'e_ext_san_directory_name_present',
    change: named([constructed(4), authorityName('x').der]),
  },
  {
    lint: 'e_ext_san_edi_party_name_present',
    change: named([
      constructed(5),
      encodeElement(constructed(1), encodeElement(0x0c, Buffer.from('x'))),
    ]),
  },
  {
    lint: 'e_ext_san_other_name_present',
    change: named([
      constructed(0),
      Buffer.concat([
        encodeOid('1.2.3'),
        encodeElement(constructed(0), encodeElement(0x0c, Buffer.from('x'))),
      ]),
    ]),
  },
  { lint: 'e_ext_san_registered_id_present', change: named([primitive(8), Uint8Array.of(42, 3)]) },
  { lint: 'e_ext_san_rfc822_name_present', change: named([primitive(1), Buffer.from('a@b.com')]) },
  { lint: 'e_ext_san_uniform_resource_identifier_present', change: named(uri('https://x.com/')) },
  { lint: 'e_ext_san_uri_relative', change: named(uri('/x')) },
  {
    lint: 'e_ext_san_contains_reserved_ip',
    change: named(dns('x.com'), [primitive(7), Uint8Array.of(10, 0, 0, 1)]),
  },

  {
    lint: 'e_issuer_field_empty',
    change: { issuer: createName({}), subject: createName({ commonName: 'x' }) },
  },
  { lint: 'e_subject_empty_without_san', change: without(san) },
  {
    lint: 'e_sub_cert_country_name_must_appear',
    change: { subject: createName({ organization: 'O' }) },
  },
  { lint: 'e_subject_common_name_not_from_san', change: onlyCommonName('other.example.com') },
  { lint: 'n_subject_common_name_included', change: onlyCommonName('web.example.com') },
  { lint: 'e_subject_contains_reserved_ip', change: onlyCommonName('192.168.1.1') },
  { lint: 'e_subject_common_name_max_length', change: onlyCommonName('a'.repeat(65)) },
  {
    lint: 'e_subject_organization_name_max_length',
    change: { subject: createName({ organization: 'a'.repeat(65) }) },
  },
  {
    lint: 'e_subject_organizational_unit_name_max_length',
    change: { subject: createName({ organizationalUnit: 'a'.repeat(65) }) },
  },
  {
    lint: 'e_subject_locality_name_max_length',
    change: { subject: createName({ locality: 'a'.repeat(129) }) },
  },
  {
    lint: 'e_subject_state_name_max_length',
    change: { subject: createName({ province: 'a'.repeat(129) }) },
  },
  {
    lint: 'n_multiple_subject_rdn',
    change: {
      subject: joinedName([
        ['2.5.4.3', 'a'],
        ['2.5.4.10', 'b'],
      ]),
    },
  },
  {
    lint: 'w_multiple_issuer_rdn',
    change: {
      issuer: joinedName([
        ['2.5.4.3', 'a'],
        ['2.5.4.10', 'b'],
      ]),
    },
  },
  { lint: 'w_subject_dn_leading_whitespace', change: onlyCommonName(' a') },
  { lint: 'w_subject_dn_trailing_whitespace', change: onlyCommonName('a ') },
  { lint: 'w_issuer_dn_leading_whitespace', change: { issuer: createName({ commonName: ' a' }) } },
  { lint: 'w_issuer_dn_trailing_whitespace', change: { issuer: createName({ commonName: 'a ' }) } },
]

const severities: Readonly<Record<string, string>> = { e: 'error', w: 'warn', n: 'info' }

describe('lintCertificate', () => {
  test.each(rows)(
    '$lint is broken by a certificate made to break it',
    ({ lint, make = makeSubscriber, change }) => {
      expect(lintCertificate(make(change))[lint]).toBe(severities[lint[0] ?? ''])
      expect(lintCertificate(make({}))[lint]).toMatch(/^(pass|NA)$/)
    },
  )

  test.each([
    { what: 'a subscriber', certificate: makeSubscriber() },
    { what: 'a subordinate CA', certificate: makeSubordinate() },
    { what: 'a root', certificate: makeLintRoot() },
    { what: 'a subscriber with an RSA key', certificate: makeSubscriber({ key: rsaKey({}) }) },
  ])('$what that is sound passes all', ({ certificate }) => {
    const found = Object.entries(lintCertificate(certificate))
    expect(found.filter(([, result]) => result !== 'pass' && result !== 'NA')).toEqual([])
    expect(found.some(([, result]) => result === 'pass')).toBe(true)
  })

  test('each lint has a certificate that fails it, and the names are in order', () => {
    const names = Object.keys(lintCertificate(makeSubscriber()))
    expect(names).toEqual(rows.map(({ lint }) => lint).sort())
  })

  test('does not judge a certificate by rules that are younger', () => {
    const old = makeSubscriber({ ...without(aia), validity: days(10_000, '2003-01-01T00:00:00Z') })
    expect(lintCertificate(old)).toMatchObject({
      e_sub_cert_aia_missing: 'NE',
      e_sub_cert_valid_time_longer_than_825_days: 'NE',
      e_ext_authority_key_identifier_missing: 'pass',
      e_ext_san_not_critical_without_subject: 'NE',
    })
  })

  test.each([825, 1])('%d days are not too long', (count) => {
    const found = lintCertificate(makeSubscriber({ validity: days(count) }))
    expect(found.e_sub_cert_valid_time_longer_than_825_days).toBe('pass')
  })

  test.each([
    ['192.175.48.1', 'error'],
    ['100.128.0.1', 'pass'],
    ['2001:db9::1', 'pass'],
    ['2001:20::1', 'error'],
    ['2002::1', 'error'],
    ['64:ff9b::102:304', 'error'],
    ['4000::1', 'error'],
    ['fe00::1', 'error'],
    ['2620:4f:8000::1', 'error'],
    ['2a00::1', 'pass'],
  ])('the address %s: %s', (value, result) => {
    const names = encodeSubjectAltNames([{ type: 'ip', value }], { critical: true })
    const certificate = makeSubscriber({ extensions: { [san]: { value: names.value } } })
    expect(lintCertificate(certificate).e_ext_san_contains_reserved_ip).toBe(result)
  })

  test.each([
    { serialNumber: 2n ** 56n, result: 'pass' },
    { serialNumber: 2n ** 56n - 1n, result: 'warn' },
  ])('the serial number $serialNumber: $result', ({ serialNumber, result }) => {
    const found = lintCertificate(makeSubscriber({ serialNumber }))
    expect(found.w_serial_number_low_entropy).toBe(result)
  })

  test('leaves the issuer of a certificate that a subscriber signed alone', () => {
    const extensions = { [basicConstraints]: notAuthority, [aki]: undefined, [aia]: undefined }
    const found = lintCertificate(makeLintRoot({ extensions }))
    expect(found.e_ext_authority_key_identifier_missing).toBe('pass')
    expect(found.e_ext_authority_key_identifier_no_key_identifier).toBe('pass')
    const critical = { [aia]: { ...informationAccess(), critical: true } }
    const judged = lintCertificate(makeLintRoot({ extensions: { ...extensions, ...critical } }))
    expect(judged.e_sub_cert_aia_marked_critical).toBe('NA')
    expect(judged.e_ext_aia_marked_critical).toBe('error')
  })

  test.each([
    ['web.example.com', 'pass'],
    ['WEB.example.com', 'error'],
  ])('the common name %s is copied from web.example.com: %s', (name, result) => {
    const found = lintCertificate(makeSubscriber(onlyCommonName(name)))
    expect(found.e_subject_common_name_not_from_san).toBe(result)
  })

  test('tells a dot too many from a bad character', () => {
    const found = lintCertificate(makeSubscriber(onlyCommonName('x.local.')))
    expect(found.e_dnsname_empty_label).toBe('error')
    expect(found.e_dnsname_bad_character_in_label).toBe('pass')
    const address = lintCertificate(
      makeSubscriber({ ...onlyCommonName('1.1.1.1'), ...without(san) }),
    )
    expect(address.e_dnsname_empty_label).toBe('pass')
  })

  test('calls fatal what it cannot read', () => {
    const found = lintCertificate(
      makeSubscriber({ extensions: { [aia]: { value: Uint8Array.of(4, 0) } } }),
    )
    expect(found.e_sub_cert_aia_does_not_contain_ocsp_url).toBe('fatal')
    expect(found.e_sub_cert_aia_missing).toBe('pass')
  })
})

import { BlockList, isIP, isIPv4 } from 'node:net'
import type { Certificate } from '../certificate.ts'
import type { AnyGeneralName } from '../internal/any-general-name.ts'
import { formatIpAddress } from '../internal/ip-address.ts'
import { extensionOids } from '../internal/oids.ts'
import type { Lint, LintSource } from './lint.ts'
import {
  all,
  alternativeNames,
  always,
  attributeOids,
  dnsNames,
  has,
  isIssuedToOthers,
  valuesOf,
} from './scope.ts'

const hasNames = has(extensionOids.subjectAltName)

/** Lints of the subjectAltNames. */
export const nameLints: readonly Lint[] = [
  forHosts('e_dnsname_bad_character_in_label', isHosts, (name) =>
    // A dot at the end is the empty label's affair.
    name
      .replace(/\.$/, '')
      .split('.')
      .every((label) => /^[A-Za-z0-9*_-]+$/.test(label)),
  ),
  forHosts('e_dnsname_empty_label', isHosts, (name) => !name.split('.').includes('')),
  forHosts('e_dnsname_label_too_long', isHosts, (name) =>
    name.split('.').every((label) => label.length <= 63),
  ),
  forHosts('e_dnsname_left_label_wildcard_correct', always, (name) => {
    const [left = ''] = name.split('.')
    return !left.includes('*') || left === '*'
  }),
  forHosts('e_dnsname_wildcard_only_in_left_label', always, (name) =>
    name
      .split('.')
      .slice(1)
      .every((label) => !label.includes('*')),
  ),
  {
    name: 'e_ext_san_dns_name_too_long',
    source: 'rfc5280',
    applies: all(hasNames, (certificate) => dnsNames(certificate).length > 0),
    holds: (certificate) => dnsNames(certificate).every((name) => name.length <= 253),
  },
  forNames('e_ext_san_space_dns_name', 'rfc2459', (certificate) =>
    dnsNames(certificate).every((name) => name !== ' '),
  ),
  forNames('e_san_bare_wildcard', 'rfc2459', (certificate) =>
    dnsNames(certificate).every((name) => !name.endsWith('*')),
  ),
  forNames('e_san_dns_name_starts_with_period', 'rfc2459', (certificate) =>
    dnsNames(certificate).every((name) => !name.startsWith('.')),
  ),
  forNames('e_san_wildcard_not_first', 'rfc2459', (certificate) =>
    dnsNames(certificate).every((name) => !name.slice(1).includes('*')),
  ),
  forbidden('e_ext_san_directory_name_present', 'directory'),
  forbidden('e_ext_san_edi_party_name_present', 'ediParty'),
  forbidden('e_ext_san_other_name_present', 'other'),
  forbidden('e_ext_san_registered_id_present', 'registeredId'),
  forbidden('e_ext_san_rfc822_name_present', 'email'),
  forbidden('e_ext_san_uniform_resource_identifier_present', 'uri'),
  forNames('e_ext_san_uri_relative', 'rfc5280', (certificate) =>
    alternativeNames(certificate).every(
      (name) => name.kind !== 'uri' || /^[A-Za-z][A-Za-z0-9+.-]*:/.test(name.text),
    ),
  ),
  {
    name: 'e_ext_san_contains_reserved_ip',
    source: 'baseline',
    applies: always,
    holds: (certificate) =>
      alternativeNames(certificate).every(
        (name) => name.kind !== 'ip' || !isReservedAddress(formatIpAddress(name.octets) ?? ''),
      ),
  },
]

/** Whether an address is for a special purpose, as private, local or for multicast, or belongs to nobody yet (RFC 6890). */
export function isReservedAddress(address: string): boolean {
  return reserved.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** A rule for each name of a host, be it the common name; of all certificates, or of those that have such a name. */
function forHosts(
  name: Lint['name'],
  applies: Lint['applies'],
  holds: (host: string) => boolean,
): Lint {
  return {
    name,
    source: 'baseline',
    applies,
    holds: (certificate) => hostNames(certificate).every(holds),
  }
}

function isHosts(certificate: Certificate): boolean {
  if (!isIssuedToOthers(certificate)) return false
  return commonNamesOf(certificate).length > 0 || dnsNames(certificate).length > 0
}

/** The common names that are no addresses, and the DNS names. */
function hostNames(certificate: Certificate): readonly string[] {
  const commonNames = commonNamesOf(certificate).filter((name) => isIP(name) === 0)
  return [...commonNames, ...dnsNames(certificate)]
}

function commonNamesOf({ subject }: Certificate): readonly string[] {
  return valuesOf(subject, attributeOids.commonName)
}

function forNames(
  name: Lint['name'],
  source: LintSource,
  holds: (certificate: Certificate) => boolean,
): Lint {
  return { name, source, applies: hasNames, holds }
}

/** The baseline knows DNS names and addresses alone. */
function forbidden(name: Lint['name'], kind: AnyGeneralName['kind']): Lint {
  return forNames(name, 'baseline', (certificate) =>
    alternativeNames(certificate).every((each) => each.kind !== kind),
  )
}

const reserved = createBlockList({
  ipv4: [
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.168.0.0/16',
    '192.175.48.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/4',
    '240.0.0.0/4',
  ],
  ipv6: [
    '::/128',
    '::1/128',
    '64:ff9b::/96',
    '64:ff9b:1::/48',
    '100::/64',
    '400::/6',
    '800::/5',
    '1000::/4',
    '2001::/23',
    '2001:db8::/32',
    '2002::/16',
    '2620:4f:8000::/48',
    '4000::/2',
    '8000::/2',
    'c000::/3',
    'e000::/4',
    'f000::/5',
    'f800::/6',
    'fc00::/7',
    'fe00::/9',
    'fe80::/10',
    'ff00::/8',
  ],
})

function createBlockList(
  networks: Readonly<Record<'ipv4' | 'ipv6', readonly string[]>>,
): BlockList {
  const list = new BlockList()
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const network of networks[family]) {
      const [address = '', prefix] = network.split('/')
      list.addSubnet(address, Number(prefix), family)
    }
  }
  return list
}

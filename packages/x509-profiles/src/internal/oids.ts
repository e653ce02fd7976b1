import { encodeOid } from './der.ts'

/** Object identifiers of the extensions that this package reads (RFC 5280 §4.2). */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  provisioner: '1.3.6.1.4.1.37476.9000.64.1',
} as const

/** Object identifiers of extended key usages (RFC 5280 §4.2.1.12). */
export const keyPurposeOids = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

/** As {@link encodeOid}; the identifiers of this file are at hand, as every certificate has them. */
export function encodeKnownOid(oid: string): Uint8Array {
  return encodedOids.get(oid) ?? encodeOid(oid)
}

const encodedOids: ReadonlyMap<string, Uint8Array> = new Map(
  [...Object.values(extensionOids), ...Object.values(keyPurposeOids)].map((oid) => [
    oid,
    encodeOid(oid),
  ]),
)

import {
  constructed,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  tags,
} from './der.ts'

/** The hashes that RSASSA-PSS is offered with. */
export type PssHash = 'sha256' | 'sha384' | 'sha512'

/** id-RSASSA-PSS (RFC 4055 §3.1). */
export const pssOid = '1.2.840.113549.1.1.10'

/**
 * Writes the RSASSA-PSS-params of a hash (RFC 4055 §3.1): MGF1 with the same hash, a salt as long as it, NULL as the
 * hash's parameters.
 */
export function encodePssParameters(hash: PssHash): Uint8Array {
  return encodeForm(hash, encodedNull, encodedNull)
}

/** All forms of them that mean the same: the parameters of a hash may be absent, too (RFC 4055 §2.1). */
export function pssParameterForms(hash: PssHash): readonly Uint8Array[] {
  const forms = [encodedNull, absent]
  return forms.flatMap((own) => forms.map((mask) => encodeForm(hash, own, mask)))
}

/** `own` and `mask` are the parameters of the hash and of MGF1's. */
function encodeForm(hash: PssHash, own: Uint8Array, mask: Uint8Array): Uint8Array {
  const { oid, octets } = hashes[hash]
  const identifier = encodeOid(oid)
  const maskGeneration = encodeSequence(encodeOid(mgf1Oid), encodeSequence(identifier, mask))
  return encodeSequence(
    encodeElement(constructed(0), encodeSequence(identifier, own)),
    encodeElement(constructed(1), maskGeneration),
    encodeElement(constructed(2), encodeInteger(octets)),
  )
}

const absent = new Uint8Array()
const encodedNull = Uint8Array.of(tags.null, 0)
const mgf1Oid = '1.2.840.113549.1.1.8'

const hashes: Readonly<Record<PssHash, { readonly oid: string; readonly octets: number }>> = {
  sha256: { oid: '2.16.840.1.101.3.4.2.1', octets: 32 },
  sha384: { oid: '2.16.840.1.101.3.4.2.2', octets: 48 },
  sha512: { oid: '2.16.840.1.101.3.4.2.3', octets: 64 },
}

/**
 * Decodes base64url as RFC 7515 §2 wants it: no padding, no white space, no other character, and
 * unused bits zero, so that one octet string has one spelling. Returns undefined for anything else.
 */
export function decodeBase64url(text: string): Uint8Array | undefined {
  const octets = Buffer.from(text, 'base64url')
  // Node's decoder skips what it does not know; only the canonical spelling comes back the same.
  return octets.toString('base64url') === text ? octets : undefined
}

/** Decodes padded standard base64 (RFC 4648 §4), canonical only; undefined for anything else. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const octets = Buffer.from(text, 'base64')
  return octets.toString('base64') === text ? octets : undefined
}

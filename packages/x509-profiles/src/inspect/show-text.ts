/** Makes text of unknown origin fit for a terminal: control and direction characters become `\u…`. */
export function showText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

/** Octets as two-digit hexadecimal numbers with colons, `rowOctets` a row; every row but the last ends in a colon. */
export function hexRows(octets: Uint8Array, rowOctets: number, indent: string): string[] {
  const rows: string[] = []
  for (let start = 0; start < octets.length; start += rowOctets) {
    const row = octets.subarray(start, start + rowOctets)
    const colon = start + rowOctets < octets.length ? ':' : ''
    rows.push(`${indent}${hexWithColons(row)}${colon}`)
  }
  return rows
}

/** `30:44:02`. */
export function hexWithColons(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':')
}

/** The octets of a positive integer, without leading zeros. */
export function integerOctets(integer: bigint): Uint8Array {
  const digits = integer.toString(16)
  return new Uint8Array(Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'))
}

/** Cuts leading zero octets off. */
export function withoutLeadingZeros(octets: Uint8Array): Uint8Array {
  const first = octets.findIndex((octet) => octet !== 0)
  return first === -1 ? octets.subarray(octets.length) : octets.subarray(first)
}

/** RFC 3339 in UTC, to the second. */
export function formatRfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

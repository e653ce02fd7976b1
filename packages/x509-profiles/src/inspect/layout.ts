/** Lower-case hexadecimal octets with colons, `rowOctets` a row; every row but the last ends in a colon. */
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

/** RFC 3339 in UTC, to the second. */
export function formatRfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

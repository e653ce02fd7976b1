/** Octets as a key of a `Map`. */
export function keyOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1')
}

/** Sorts octets as both databases do, so that all transactions take their locks in one order. */
export function compareOctets(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right)
}

/** Each once, sorted. */
export function distinctOctets(list: Iterable<Uint8Array>): Uint8Array[] {
  const byKey = new Map([...list].map((octets) => [keyOf(octets), octets]))
  return [...byKey.values()].sort(compareOctets)
}

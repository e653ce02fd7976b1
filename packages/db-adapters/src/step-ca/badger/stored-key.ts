/** Octets of the version that Badger appends to each key: the transaction's number, inverted, big-endian. */
export const versionLength = 8

/**
 * The order of Badger's keys: by the key itself, of one key the newest version first.
 *
 * @param left a key with its version, as all keys in Badger's files.
 */
export function compareStoredKeys(left: Buffer, right: Buffer): number {
  const leftEnd = left.length - versionLength
  const rightEnd = right.length - versionLength
  const order = left.compare(right, 0, rightEnd, 0, leftEnd)
  if (order !== 0) return order
  return left.compare(right, rightEnd, right.length, leftEnd, left.length)
}

/** Whether two stored keys are versions of one key. */
export function isSameKey(left: Buffer, right: Buffer): boolean {
  return (
    left.length === right.length &&
    left.compare(right, 0, right.length - versionLength, 0, left.length - versionLength) === 0
  )
}

/** The stored key from which on a search finds all versions of `key`: with the newest version there can be. */
export function newestVersionOf(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.alloc(versionLength)])
}

/** The number of the transaction that wrote a stored key. */
export function versionOf(key: Buffer): bigint {
  return (1n << 64n) - 1n - key.readBigUInt64BE(key.length - versionLength)
}

/**
 * What all keys of a table begin with whose own key is `keyLength` octets long: step-ca writes the
 * length of the table's name, the name, the length of the key and the key, lengths as 16 bits little-endian.
 */
export function tableKeyPrefix(table: string, keyLength: number): Buffer {
  return Buffer.concat([tablePrefix(table), encodeLength(keyLength)])
}

/** What all keys of a table begin with. Alone, without a key, it marks the table as made. */
export function tablePrefix(table: string): Buffer {
  const name = Buffer.from(table, 'utf8')
  return Buffer.concat([encodeLength(name.length), name])
}

function encodeLength(length: number): Buffer {
  const octets = Buffer.alloc(2)
  octets.writeUInt16LE(length)
  return octets
}

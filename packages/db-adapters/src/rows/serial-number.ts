/**
 * Encodes a serial number as its minimal big-endian octets; 0 is one octet.
 *
 * @throws {TypeError} when it is negative, which no serial number is (RFC 5280 §4.1.2.2).
 */
export function encodeSerialNumber(serialNumber: bigint): Uint8Array {
  if (serialNumber < 0n) throw new TypeError(`the serial number ${serialNumber} is negative`)
  const digits = serialNumber.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}

/** Reads what {@link encodeSerialNumber} made. */
export function parseSerialNumber(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex')}`)
}

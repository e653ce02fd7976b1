declare const serialNumber: unique symbol

/** 16 octets, positive and minimal as a DER INTEGER. Only {@link drawSerialNumber} makes one. */
export type SerialNumber = Uint8Array & { readonly [serialNumber]: true }

/** Returns so many random octets, fresh and its caller's own; `crypto.randomBytes` is one. */
export type RandomBytes = (length: number) => Uint8Array

/**
 * Draws a serial number of 16 octets (RFC 5280 §4.1.2.2: positive, unique): 46 bits of the time in milliseconds, then 80
 * random bits. Serial numbers of one time stand together in a database's indexes: what is renewed and what is issued
 * touches few of their pages, however many certificates there are.
 */
export function drawSerialNumber(random: RandomBytes, now: Date): SerialNumber {
  const octets = random(16)
  const milliseconds = now.getTime()
  const view = new DataView(octets.buffer, octets.byteOffset)
  view.setUint32(0, 0x40000000 | (Math.floor(milliseconds / 0x10000) & 0x3fffffff))
  view.setUint16(4, milliseconds % 0x10000)
  return octets as SerialNumber
}

/** Whether a decoded serial number is one that {@link drawSerialNumber} can have made. */
export function isDrawnSerialNumber(value: bigint): boolean {
  return value >> 126n === 1n
}

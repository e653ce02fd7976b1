declare const serialNumber: unique symbol

/** 16 octets, positive and minimal as a DER INTEGER. Only {@link drawSerialNumber} makes one. */
export type SerialNumber = Uint8Array & { readonly [serialNumber]: true }

/** Returns so many random octets, fresh and its caller's own; `crypto.randomBytes` is one. */
export type RandomBytes = (length: number) => Uint8Array

/**
 * Draws a serial number of 16 octets, 126 bits of them random (RFC 5280 §4.1.2.2: positive, unique).
 */
export function drawSerialNumber(random: RandomBytes): SerialNumber {
  const octets = random(16)
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
  return octets as SerialNumber
}

/** Whether a decoded serial number is one that {@link drawSerialNumber} can have made. */
export function isDrawnSerialNumber(value: bigint): boolean {
  return value >> 126n === 1n
}

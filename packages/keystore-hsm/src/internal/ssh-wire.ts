import { KeystoreError } from '../errors.ts'

/** The data types of RFC 4251 §5. */
export class SshReader {
  readonly #octets: Buffer
  #offset = 0

  constructor(octets: Uint8Array) {
    this.#octets = Buffer.from(octets.buffer, octets.byteOffset, octets.length)
  }

  take(length: number): Buffer {
    const end = this.#offset + length
    if (end > this.#octets.length) throw malformed('the length')
    const taken = this.#octets.subarray(this.#offset, end)
    this.#offset = end
    return taken
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  string(): Buffer {
    return this.take(this.uint32())
  }

  text(): string {
    return this.string().toString('latin1')
  }

  /** A positive `mpint`. */
  integer(): bigint {
    return BigInt(`0x0${this.string().toString('hex')}`)
  }
}

/** The spelling of octets in a JWK. */
export function encodeOctets(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url')
}

/** As many octets as needed, or `size` of them (RFC 7518 §6.2.1.2, §2). */
export function encodeInteger(value: bigint, size = 0): string {
  const hex = value.toString(16)
  return encodeOctets(
    Buffer.from(hex.padStart(Math.max(2 * size, hex.length + (hex.length % 2)), '0'), 'hex'),
  )
}

/** Says that a part of an OpenSSH key is not what it must be. */
export function malformed(part: string): KeystoreError {
  return new KeystoreError('key_malformed', `${part} of the OpenSSH key is wrong`)
}

/** A `string`: its length, then its octets. */
export function sshString(octets: Uint8Array | string): Buffer {
  const contents = Buffer.from(octets)
  return Buffer.concat([sshUint32(contents.length), contents])
}

/** A `uint32`. */
export function sshUint32(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** A positive `mpint`, of big-endian octets: minimal, with a zero octet before a set top bit. */
export function sshInteger(octets: Uint8Array): Buffer {
  const first = octets.findIndex((octet) => octet !== 0)
  const digits = Buffer.from(first === -1 ? [] : octets.subarray(first))
  const isHigh = (digits[0] ?? 0) >= 0x80
  return sshString(isHigh ? Buffer.concat([Buffer.alloc(1), digits]) : digits)
}

/** What a private key file of OpenSSH begins with. */
export const openSshMagic = 'openssh-key-v1\0'

/** RFC 5656 §3.1 and §6.1: the type's name, and what JWK calls the curve. */
export const curvesBySshType: ReadonlyMap<string, { readonly crv: string; readonly size: number }> =
  new Map([
    ['ecdsa-sha2-nistp256', { crv: 'P-256', size: 32 }],
    ['ecdsa-sha2-nistp384', { crv: 'P-384', size: 48 }],
    ['ecdsa-sha2-nistp521', { crv: 'P-521', size: 66 }],
  ])

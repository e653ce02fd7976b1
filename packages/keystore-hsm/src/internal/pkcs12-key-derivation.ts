import { hash } from 'node:crypto'

/** What a key of PKCS #12 is for (RFC 7292 appendix B.3): each purpose has an identifier. */
export type Pkcs12KeyPurpose = 'encryption' | 'iv' | 'mac'

/** What a key is derived from. */
export interface Pkcs12KeyInput {
  /** As {@link encodeBmpPassword} writes it. */
  readonly password: Uint8Array
  readonly salt: Uint8Array
  readonly rounds: number
  readonly hash: 'sha1' | 'sha256'
}

/**
 * Derives a key from a password (RFC 7292 appendix B.2). PKCS #12 has no other way to key its MAC that
 * every reader knows. Keeps the event loop for the time it takes: some 0.6 s for 600 000 rounds.
 */
export function deriveKey(
  { password, salt, rounds, hash: hashName }: Pkcs12KeyInput,
  purpose: Pkcs12KeyPurpose,
  length: number,
): Uint8Array {
  const diversifier = Buffer.alloc(blockOctets, purposeIdentifiers[purpose])
  const input = Buffer.concat([repeated(salt), repeated(password)])
  const key: Buffer[] = []
  for (let derived = 0; derived < length; ) {
    let digest = hash(hashName, Buffer.concat([diversifier, input]), 'buffer')
    for (let round = 1; round < rounds; round += 1) digest = hash(hashName, digest, 'buffer')
    key.push(digest)
    derived += digest.length
    if (derived < length) addToBlocks(input, digest)
  }
  return Buffer.concat(key).subarray(0, length)
}

/** A password as PKCS #12 hashes it: UTF-16, the higher octet first, with two zero octets behind (RFC 7292 appendix B.1). */
export function encodeBmpPassword(password: string): Uint8Array {
  return Buffer.from(`${password}\0`, 'utf16le').swap16()
}

/** Repeats octets up to the next multiple of the hash's block. */
function repeated(octets: Uint8Array): Buffer {
  const length = Math.ceil(octets.length / blockOctets) * blockOctets
  return Buffer.from(Array.from({ length }, (_, index) => octets[index % octets.length] ?? 0))
}

/** Adds B + 1 to each block of `input`, modulo 2 to the number of its bits, where B repeats `digest`. */
function addToBlocks(input: Buffer, digest: Uint8Array): void {
  for (let start = 0; start < input.length; start += blockOctets) {
    let carry = 1
    for (let index = blockOctets - 1; index >= 0; index -= 1) {
      carry += (input[start + index] ?? 0) + (digest[index % digest.length] ?? 0)
      input[start + index] = carry & 0xff
      carry >>= 8
    }
  }
}

/** The block of SHA-1 and of SHA-256. */
const blockOctets = 64

const purposeIdentifiers: Record<Pkcs12KeyPurpose, number> = { encryption: 1, iv: 2, mac: 3 }

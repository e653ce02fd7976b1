import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { KeystoreError } from '../errors.ts'
import { undecodable } from './pem.ts'

/**
 * Reads the octets of an unencrypted `OPENSSH PRIVATE KEY` (openssh-portable's PROTOCOL.key): Ed25519,
 * ECDSA or RSA. OpenSSL does not know this form.
 *
 * @throws {KeystoreError} `key_malformed`, `key_type_unsupported` (also for an encrypted one).
 */
export function parseOpenSshPrivateKey(octets: Uint8Array, name: string): KeyObject {
  try {
    return createKey(parseOneKey(new Reader(octets)))
  } catch (cause) {
    if (cause instanceof KeystoreError && cause.code === 'key_type_unsupported') throw cause
    throw undecodable(name, 'not an OpenSSH private key', cause)
  }
}

function parseOneKey(file: Reader): JsonWebKey {
  if (file.take(magic.length).toString('latin1') !== magic) throw malformed('the magic')
  const cipher = file.text()
  if (cipher !== 'none') {
    throw unsupported(
      `OpenSSH private key encrypted with ${cipher}`,
      'Take its password off, and give it one here: ssh-keygen -p -N "" -f FILE',
    )
  }
  file.text() // kdfname
  file.string() // kdfoptions
  if (file.uint32() !== 1) throw malformed('the number of keys')
  file.string() // the public key, which stands in the private part again
  const secret = new Reader(file.string())
  const [first, second] = [secret.uint32(), secret.uint32()]
  if (first !== second) throw malformed('the check numbers')
  return parseJwk(secret.text(), secret)
}

function parseJwk(type: string, fields: Reader): JsonWebKey {
  const curve = curves.get(type)
  if (curve !== undefined) return parseEcJwk(curve, fields)
  if (type === 'ssh-ed25519') {
    const x = fields.string()
    const d = fields.string().subarray(0, 32)
    return { kty: 'OKP', crv: 'Ed25519', x: encode(x), d: encode(d) }
  }
  if (type === 'ssh-rsa') return parseRsaJwk(fields)
  throw unsupported(`OpenSSH key type ${type}`, 'Supported are Ed25519, ECDSA and RSA.')
}

function parseEcJwk({ crv, size }: { crv: string; size: number }, fields: Reader): JsonWebKey {
  fields.text() // the curve's name again
  const point = fields.string()
  if (point.length !== 1 + 2 * size || point[0] !== 0x04) throw malformed('the point')
  return {
    kty: 'EC',
    crv,
    x: encode(point.subarray(1, 1 + size)),
    y: encode(point.subarray(1 + size)),
    d: encodeInteger(fields.integer(), size),
  }
}

function parseRsaJwk(fields: Reader): JsonWebKey {
  const [n, e, d, qi, p, q] = [1, 2, 3, 4, 5, 6].map(() => fields.integer())
  if (!n || !e || !d || !qi || !p || !q || p * q !== n) throw malformed('the RSA numbers')
  const numbers = { n, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi }
  return {
    kty: 'RSA',
    ...Object.fromEntries(
      Object.entries(numbers).map(([key, value]) => [key, encodeInteger(value)]),
    ),
  }
}

/** Makes the key and checks that its public half, which stands beside it, is its own. */
function createKey(jwk: JsonWebKey): KeyObject {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const publicJwk = createPublicKey(key).export({ format: 'jwk' })
  const isOwn = publicJwk.x === jwk.x && publicJwk.y === jwk.y && publicJwk.n === jwk.n
  if (!isOwn) throw malformed('the public key')
  return key
}

/** The data types of RFC 4251 §5. */
class Reader {
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

function encode(octets: Uint8Array): string {
  return Buffer.from(octets).toString('base64url')
}

/** As many octets as needed, or `size` of them (RFC 7518 §6.2.1.2, §2). */
function encodeInteger(value: bigint, size = 0): string {
  const hex = value.toString(16)
  return encode(
    Buffer.from(hex.padStart(Math.max(2 * size, hex.length + (hex.length % 2)), '0'), 'hex'),
  )
}

function malformed(part: string): KeystoreError {
  return new KeystoreError('key_malformed', `${part} of the OpenSSH private key is wrong`)
}

function unsupported(what: string, hint: string): KeystoreError {
  return new KeystoreError('key_type_unsupported', `${what} is not supported`, { hint })
}

const magic = 'openssh-key-v1\0'

const curves: ReadonlyMap<string, { crv: string; size: number }> = new Map([
  ['ecdsa-sha2-nistp256', { crv: 'P-256', size: 32 }],
  ['ecdsa-sha2-nistp384', { crv: 'P-384', size: 48 }],
  ['ecdsa-sha2-nistp521', { crv: 'P-521', size: 66 }],
])

import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { KeystoreError } from '../errors.ts'
import { undecodable } from './pem.ts'
import {
  curvesBySshType,
  encodeInteger,
  encodeOctets,
  malformed,
  openSshMagic,
  SshReader,
} from './ssh-wire.ts'

/**
 * Reads the octets of an unencrypted `OPENSSH PRIVATE KEY` (openssh-portable's PROTOCOL.key): Ed25519,
 * ECDSA or RSA. OpenSSL does not know this form.
 *
 * @throws {KeystoreError} `key_malformed`, `key_type_unsupported` (also for an encrypted one).
 */
export function parseOpenSshPrivateKey(octets: Uint8Array, name: string): KeyObject {
  try {
    return createKey(parseOneKey(new SshReader(octets)))
  } catch (cause) {
    if (cause instanceof KeystoreError && cause.code === 'key_type_unsupported') throw cause
    throw undecodable(name, 'not an OpenSSH private key', cause)
  }
}

function parseOneKey(file: SshReader): JsonWebKey {
  if (file.take(openSshMagic.length).toString('latin1') !== openSshMagic)
    throw malformed('the magic')
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
  const secret = new SshReader(file.string())
  const [first, second] = [secret.uint32(), secret.uint32()]
  if (first !== second) throw malformed('the check numbers')
  return parseJwk(secret.text(), secret)
}

function parseJwk(type: string, fields: SshReader): JsonWebKey {
  const curve = curvesBySshType.get(type)
  if (curve !== undefined) return parseEcJwk(curve, fields)
  if (type === 'ssh-ed25519') {
    const x = fields.string()
    const d = fields.string().subarray(0, 32)
    return { kty: 'OKP', crv: 'Ed25519', x: encodeOctets(x), d: encodeOctets(d) }
  }
  if (type === 'ssh-rsa') return parseRsaJwk(fields)
  throw unsupported(`OpenSSH key type ${type}`, 'Supported are Ed25519, ECDSA and RSA.')
}

function parseEcJwk({ crv, size }: { crv: string; size: number }, fields: SshReader): JsonWebKey {
  fields.text() // the curve's name again
  const point = fields.string()
  if (point.length !== 1 + 2 * size || point[0] !== 0x04) throw malformed('the point')
  return {
    kty: 'EC',
    crv,
    x: encodeOctets(point.subarray(1, 1 + size)),
    y: encodeOctets(point.subarray(1 + size)),
    d: encodeInteger(fields.integer(), size),
  }
}

function parseRsaJwk(fields: SshReader): JsonWebKey {
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

function unsupported(what: string, hint: string): KeystoreError {
  return new KeystoreError('key_type_unsupported', `${what} is not supported`, { hint })
}

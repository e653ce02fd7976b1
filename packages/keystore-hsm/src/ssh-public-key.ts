import { createPublicKey, type KeyObject } from 'node:crypto'
import { KeystoreError } from './errors.ts'
import {
  curvesBySshType,
  encodeInteger,
  encodeOctets,
  malformed,
  SshReader,
  sshInteger,
  sshString,
} from './internal/ssh-wire.ts'
import { keyTypeOf } from './key-type.ts'

/**
 * Returns a public key as SSH has it on the wire (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4): what
 * stands in base64 in an `authorized_keys` line. Of a private key, its public half.
 *
 * @throws {KeystoreError} `key_type_unsupported`, `key_too_weak`.
 */
export function encodeSshPublicKey(key: KeyObject): Buffer {
  const type = sshTypeOf(key)
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const { x = '', y = '', n = '', e = '', crv = '' } = publicKey.export({ format: 'jwk' })
  const octets = (text: string) => Buffer.from(text, 'base64url')
  switch (type) {
    case 'ssh-rsa':
      return Buffer.concat([sshString(type), sshInteger(octets(e)), sshInteger(octets(n))])
    case 'ssh-ed25519':
      return Buffer.concat([sshString(type), sshString(octets(x))])
    default: {
      const point = Buffer.concat([Buffer.of(4), octets(x), octets(y)])
      const name = `nist${crv.toLowerCase().replace('-', '')}`
      return Buffer.concat([sshString(type), sshString(name), sshString(point)])
    }
  }
}

/**
 * The name of a key's type in SSH: `ecdsa-sha2-nistp256`, `ssh-ed25519`, `ssh-rsa`.
 *
 * @throws {KeystoreError} `key_type_unsupported`, `key_too_weak`.
 */
export function sshTypeOf(key: KeyObject): string {
  const type = keyTypeOf(key)
  if (type.kty === 'RSA') return 'ssh-rsa'
  if (type.kty === 'OKP') return 'ssh-ed25519'
  return `ecdsa-sha2-nist${type.crv.toLowerCase().replace('-', '')}`
}

/** Whether a text begins as a line of a `.pub` file does. */
export function isSshPublicKey(text: string): boolean {
  return /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+) /.test(text)
}

/**
 * Reads the public key of one `.pub` line; what stands behind the key is not looked at.
 *
 * @throws {KeystoreError} `key_malformed`, `key_type_unsupported`, `key_too_weak`.
 */
export function parseSshPublicKey(line: string): KeyObject {
  const [type = '', text = ''] = line.trim().split(/\s+/, 2)
  const octets = Buffer.from(text, 'base64')
  const fields = new SshReader(octets)
  if (octets.toString('base64') !== text || fields.text() !== type) throw malformed('the line')
  const key = createKey(type, fields)
  keyTypeOf(key)
  if (!encodeSshPublicKey(key).equals(octets)) throw malformed('the length')
  return key
}

function createKey(type: string, fields: SshReader): KeyObject {
  const jwk = parseJwk(type, fields)
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw new KeystoreError('key_malformed', `the ${type} key is no such key`, { cause })
  }
}

function parseJwk(type: string, fields: SshReader): Record<string, string> {
  const curve = curvesBySshType.get(type)
  if (curve !== undefined) {
    fields.string() // the curve's name, which the type has named
    const point = fields.string()
    if (point[0] !== 4 || point.length !== 1 + 2 * curve.size) throw malformed('the point')
    const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)]
    return { kty: 'EC', crv: curve.crv, x: encodeOctets(x), y: encodeOctets(y) }
  }
  if (type === 'ssh-ed25519') {
    return { kty: 'OKP', crv: 'Ed25519', x: encodeOctets(fields.string()) }
  }
  if (type === 'ssh-rsa') {
    const e = encodeInteger(fields.integer())
    return { kty: 'RSA', e, n: encodeInteger(fields.integer()) }
  }
  throw new KeystoreError('key_type_unsupported', `SSH keys of type ${type} are not supported`)
}

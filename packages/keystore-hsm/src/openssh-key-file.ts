import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { encodePemBlock } from './internal/pem.ts'
import { openSshMagic, sshInteger, sshString, sshUint32 } from './internal/ssh-wire.ts'
import { encodeSshPublicKey, sshTypeOf } from './ssh-public-key.ts'

/**
 * Writes a private key in the clear as OpenSSH does (openssh-portable's PROTOCOL.key). Its encrypted form needs
 * bcrypt's key derivation, which Node does not have: `ssh-keygen -p` puts a password on it.
 *
 * @throws {KeystoreError} `key_type_unsupported`, `key_too_weak`.
 */
export function encodeOpenSshPrivateKey(
  key: KeyObject,
  { comment = '' }: { readonly comment?: string } = {},
): string {
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, privateFields(key), sshString(comment)])
  // Octets 1, 2, 3 … up to the cipher's block, which is 8 without a cipher.
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))
  const file = Buffer.concat([
    Buffer.from(openSshMagic, 'latin1'),
    sshString('none'), // ciphername
    sshString('none'), // kdfname
    sshString(''), // kdfoptions
    sshUint32(1),
    sshString(encodeSshPublicKey(key)),
    sshString(Buffer.concat([secret, padding])),
  ])
  return encodePemBlock('OPENSSH PRIVATE KEY', file, 70)
}

function privateFields(key: KeyObject): Buffer {
  const type = sshTypeOf(key)
  const { n, e, d, p, q, qi } = octetsOf(key)
  switch (type) {
    case 'ssh-rsa':
      return Buffer.concat([sshString(type), ...[n, e, d, qi, p, q].map(sshInteger)])
    case 'ssh-ed25519': {
      const { x } = octetsOf(createPublicKey(key))
      return Buffer.concat([sshString(type), sshString(x), sshString(Buffer.concat([d, x]))])
    }
    default:
      // The public half begins with the type, as this does.
      return Buffer.concat([encodeSshPublicKey(key), sshInteger(d)])
  }
}

function octetsOf(key: KeyObject): Record<'n' | 'e' | 'd' | 'p' | 'q' | 'qi' | 'x', Buffer> {
  const { n, e, d, p, q, qi, x } = key.export({ format: 'jwk' })
  const octets = (text = '') => Buffer.from(text, 'base64url')
  return {
    n: octets(n),
    e: octets(e),
    d: octets(d),
    p: octets(p),
    q: octets(q),
    qi: octets(qi),
    x: octets(x),
  }
}

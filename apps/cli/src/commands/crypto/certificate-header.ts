import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Jwk } from '@mayfly/jwt-tokens'
import { errorReading, readInput } from '../../files/input-file.ts'
import {
  CommandError,
  flagIncompatible,
  flagsMutuallyExclusive,
  flagValueInvalid,
} from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { keyOfJwk } from '../../keys/key-file.ts'
import { isSecretJwk } from '../../keys/key-text.ts'

/** The flags that put a certificate into the header of what is signed. */
export const certificateHeaderFlags = {
  'x5c-cert': {
    type: 'text',
    value: 'file',
    help: 'Put this certificate, with its chain, into the header as x5c; --key is its key.',
  },
  'x5t-cert': {
    type: 'text',
    value: 'file',
    help: 'Put the SHA-1 of this certificate into the header as x5t; --key is its key.',
  },
} as const

interface CertificateHeaderValues {
  readonly 'x5c-cert': string | undefined
  readonly 'x5t-cert': string | undefined
  readonly key: string | undefined
  readonly jwks: string | undefined
}

/**
 * The members `x5c` and `x5t` (RFC 7515 §4.1.6 and §4.1.7) that the flags ask for, of a certificate that is the key's.
 *
 * @throws {CommandError} `flag_conflict`, `flag_missing`, `file_unreadable`, `key_unfit`
 */
export async function certificateHeader(
  io: Io,
  flags: CertificateHeaderValues,
  key: Jwk | KeyObject | undefined,
): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const [name, path] =
    flags['x5c-cert'] === undefined
      ? (['x5t', flags['x5t-cert']] as const)
      : (['x5c', flags['x5c-cert']] as const)
  if (path === undefined) return {}
  if (name === 'x5c' && flags['x5t-cert'] !== undefined) {
    throw flagsMutuallyExclusive('x5c-cert', 'x5t-cert')
  }
  if (flags.jwks !== undefined) throw flagIncompatible(`${name}-cert`, 'jwks')
  if (key === undefined) {
    throw new CommandError(
      'flag_missing',
      `flag '--${name}-cert' requires one of the '--key' or '--${name}-key' flags`,
    )
  }
  const chain = await loadChain(io, path)
  const [leaf] = chain
  if (leaf === undefined || !belongsTo(leaf, key)) {
    throw new CommandError(
      'key_unfit',
      `error validating ${name} certificate and key: the key does not belong to the certificate in ${path}`,
    )
  }
  if (name === 'x5t') {
    return { x5t: createHash('sha1').update(leaf.raw).digest('base64url') }
  }
  return { x5c: chain.map(({ raw }) => raw.toString('base64')) }
}

async function loadChain(io: Io, path: string): Promise<readonly X509Certificate[]> {
  const text = (await readInput(io, path, errorReading)).toString()
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  try {
    const chain = blocks.map((pem) => new X509Certificate(pem))
    const broken = chain.findIndex((each, index) => !isSignedByNext(each, chain[index + 1]))
    if (broken === -1) return chain
  } catch (cause) {
    throw new CommandError('key_unfit', `error parsing ${path}: no certificates found`, { cause })
  }
  throw flagValueInvalid('x5c-cert', path, {
    detail: 'its certificates do not stand in order, each signed by the next',
  })
}

function isSignedByNext(certificate: X509Certificate, next: X509Certificate | undefined): boolean {
  return next === undefined || certificate.verify(next.publicKey)
}

function belongsTo({ publicKey }: X509Certificate, key: Jwk | KeyObject): boolean {
  if ('kty' in key && isSecretJwk(key)) return false
  const own = 'kty' in key ? keyOfJwk(key, '--key') : key
  return (own.type === 'private' ? createPublicKey(own) : own).equals(publicKey)
}

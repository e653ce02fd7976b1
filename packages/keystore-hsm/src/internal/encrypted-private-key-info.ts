import { EncryptedData, EncryptedPrivateKeyInfo } from '@peculiar/asn1-pkcs8'
import { AsnParser, AsnPropTypes, AsnSerializer, OctetString } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { KeystoreError } from '../errors.ts'
import { describeCipher, type Pbes2Cipher, type Pbes2Hash, type Pbes2Parameters } from '../pbes2.ts'
import { describeSequence } from './describe-sequence.ts'

// This module loads the ASN.1 library; it is imported when an encrypted key is met, not before.

/**
 * Reads the DER of an EncryptedPrivateKeyInfo (RFC 5958 §3) that uses PBES2 with PBKDF2.
 *
 * @throws {KeystoreError} `key_malformed`, or `key_type_unsupported` for another scheme, hash or cipher.
 */
export function parseEncryptedPrivateKeyInfo(der: Uint8Array): {
  parameters: Pbes2Parameters
  ciphertext: Uint8Array
} {
  const info = parseStructure(der, EncryptedPrivateKeyInfo)
  if (info.encryptionAlgorithm.algorithm !== pbes2Oid) throw unsupported('only PBES2 is supported')
  const pbes2 = parseParameters(info.encryptionAlgorithm, Pbes2Params)
  if (pbes2.keyDerivationFunc.algorithm !== pbkdf2Oid) {
    throw unsupported('only PBKDF2 is supported')
  }
  const pbkdf2 = parseParameters(pbes2.keyDerivationFunc, Pbkdf2Params)
  const hash = hashByOid.get(pbkdf2.prf?.algorithm ?? oidByHash.sha1)
  if (hash === undefined) throw unsupported(`PBKDF2 with ${pbkdf2.prf?.algorithm} is not supported`)
  const cipher = cipherByOid.get(pbes2.encryptionScheme.algorithm)
  if (cipher === undefined) {
    throw unsupported(`cipher ${pbes2.encryptionScheme.algorithm} is not supported`)
  }
  const { keyLength } = pbkdf2
  if (keyLength !== undefined && Number(keyLength) !== describeCipher(cipher).keyLength) {
    throw malformed(`a key of ${keyLength} octets does not fit ${cipher}`)
  }
  return {
    parameters: {
      salt: octetsOf(pbkdf2.salt),
      rounds: Number(pbkdf2.iterationCount),
      hash,
      cipher,
      iv: octetsOf(parseParameters(pbes2.encryptionScheme, OctetString)),
    },
    ciphertext: octetsOf(info.encryptedData),
  }
}

/** Writes the DER that {@link parseEncryptedPrivateKeyInfo} reads. */
export function encodeEncryptedPrivateKeyInfo(
  parameters: Pbes2Parameters,
  ciphertext: Uint8Array,
): Uint8Array {
  const info = new EncryptedPrivateKeyInfo({
    encryptionAlgorithm: createPbes2Identifier(parameters),
    encryptedData: new EncryptedData(ciphertext),
  })
  return new Uint8Array(AsnSerializer.serialize(info))
}

/** The AlgorithmIdentifier of PBES2 with these parameters (RFC 8018 appendix A.4). */
export function createPbes2Identifier({
  salt,
  rounds,
  hash,
  cipher,
  iv,
}: Pbes2Parameters): AlgorithmIdentifier {
  const pbkdf2 = new Pbkdf2Params()
  pbkdf2.salt = new OctetString(salt)
  pbkdf2.iterationCount = rounds
  pbkdf2.prf = new AlgorithmIdentifier({ algorithm: oidByHash[hash], parameters: null })
  const pbes2 = new Pbes2Params()
  pbes2.keyDerivationFunc = new AlgorithmIdentifier({
    algorithm: pbkdf2Oid,
    parameters: AsnSerializer.serialize(pbkdf2),
  })
  pbes2.encryptionScheme = new AlgorithmIdentifier({
    algorithm: oidByCipher[cipher],
    parameters: AsnSerializer.serialize(new OctetString(iv)),
  })
  return new AlgorithmIdentifier({
    algorithm: pbes2Oid,
    parameters: AsnSerializer.serialize(pbes2),
  })
}

/** RFC 8018 appendix A.4: PBES2-params. */
class Pbes2Params {
  keyDerivationFunc: AlgorithmIdentifier = new AlgorithmIdentifier()
  encryptionScheme: AlgorithmIdentifier = new AlgorithmIdentifier()
}
describeSequence(Pbes2Params, {
  keyDerivationFunc: { type: AlgorithmIdentifier },
  encryptionScheme: { type: AlgorithmIdentifier },
})

/**
 * RFC 8018 appendix A.2: PBKDF2-params, with a salt given by its octets. Integers of more than three
 * octets are read as decimal digits.
 */
class Pbkdf2Params {
  salt: OctetString = new OctetString()
  iterationCount: number | string = 0
  keyLength: number | string | undefined
  /** HMAC-SHA1 where it is absent. */
  prf: AlgorithmIdentifier | undefined
}
describeSequence(Pbkdf2Params, {
  salt: { type: OctetString },
  iterationCount: { type: AsnPropTypes.Integer },
  keyLength: { type: AsnPropTypes.Integer, optional: true },
  prf: { type: AlgorithmIdentifier, optional: true },
})

function parseParameters<T>(identifier: AlgorithmIdentifier, structure: new () => T): T {
  if (!identifier.parameters) throw malformed(`${identifier.algorithm} has no parameters`)
  return parseStructure(new Uint8Array(identifier.parameters), structure)
}

function parseStructure<T>(der: Uint8Array, structure: new () => T): T {
  try {
    return AsnParser.parse(der, structure)
  } catch (cause) {
    throw malformed('not an EncryptedPrivateKeyInfo', cause)
  }
}

function octetsOf(value: OctetString): Uint8Array {
  return new Uint8Array(value.buffer)
}

function malformed(message: string, cause?: unknown): KeystoreError {
  return new KeystoreError('key_malformed', message, { cause })
}

function unsupported(reason: string): KeystoreError {
  return new KeystoreError('key_type_unsupported', `unsupported encrypted PEM: ${reason}`, {
    hint: 'Encrypt the key again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in FILE',
  })
}

const pbes2Oid = '1.2.840.113549.1.5.13'
const pbkdf2Oid = '1.2.840.113549.1.5.12'

const oidByHash: Record<Pbes2Hash, string> = {
  sha1: '1.2.840.113549.2.7',
  sha256: '1.2.840.113549.2.9',
  sha384: '1.2.840.113549.2.10',
  sha512: '1.2.840.113549.2.11',
}

const oidByCipher: Record<Pbes2Cipher, string> = {
  'aes-128-cbc': '2.16.840.1.101.3.4.1.2',
  'aes-192-cbc': '2.16.840.1.101.3.4.1.22',
  'aes-256-cbc': '2.16.840.1.101.3.4.1.42',
  'des-cbc': '1.3.14.3.2.7',
  'des-ede3-cbc': '1.2.840.113549.3.7',
}

const hashByOid = inverted(oidByHash)
const cipherByOid = inverted(oidByCipher)

function inverted<Name extends string>(oids: Record<Name, string>): ReadonlyMap<string, Name> {
  return new Map(Object.entries<string>(oids).map(([name, oid]) => [oid, name as Name]))
}

import { createCipheriv, createHmac, hash, type KeyObject, randomBytes } from 'node:crypto'
import { ContentInfo, EncryptedContent, EncryptedContentInfo } from '@peculiar/asn1-cms'
import {
  AuthenticatedSafe,
  CertBag,
  id_certBag,
  id_pbeWithSHAAnd3_KeyTripleDES_CBC,
  id_pkcs8ShroudedKeyBag,
  id_x509Certificate,
  MacData,
  PFX,
  PKCS12Attribute,
  SafeBag,
  SafeContents,
} from '@peculiar/asn1-pfx'
import { EncryptedData, EncryptedPrivateKeyInfo } from '@peculiar/asn1-pkcs8'
import {
  AsnBmpStringConverter,
  AsnPropTypes,
  AsnSerializer,
  OctetString,
} from '@peculiar/asn1-schema'
import { AlgorithmIdentifier } from '@peculiar/asn1-x509'
import { describeSequence } from './internal/describe-sequence.ts'
import { createPbes2Identifier } from './internal/encrypted-private-key-info.ts'
import { deriveKey, encodeBmpPassword } from './internal/pkcs12-key-derivation.ts'
import { encryptPbes2 } from './pbes2.ts'
import { minimumPbkdf2Rounds } from './private-key-pem.ts'

/** What a PKCS #12 file is made of. Certificates are given by their DER. */
export type Pkcs12Contents =
  | {
      readonly type: 'identity'
      readonly privateKey: KeyObject
      /** The key's own certificate first, then those of its issuers. */
      readonly certificates: readonly [Uint8Array, ...Uint8Array[]]
    }
  | { readonly type: 'trust store'; readonly anchors: readonly Pkcs12Anchor[] }

/** A certificate to be trusted, under the name that a reader shows. */
export interface Pkcs12Anchor {
  readonly certificate: Uint8Array
  readonly friendlyName: string
}

/** How {@link encodePkcs12} protects a file. */
export interface Pkcs12Protection {
  /** May be empty: then the file is no secret's keeper, and is written in the same form all the same. */
  readonly password: string
  /**
   * `modern`: PBES2 with AES-256-CBC, and a MAC with SHA-256. `legacy`: triple DES and SHA-1, for
   * readers that know nothing else.
   */
  readonly strength: 'modern' | 'legacy'
  /** How often a password is hashed; {@link minimumPbkdf2Rounds} if left out, 2048 for `legacy`. */
  readonly rounds?: number | undefined
}

/**
 * Writes a PKCS #12 file (RFC 7292): the certificates encrypted, the key encrypted for itself, all under
 * one MAC. A trust store's certificates bear the attribute by which Java takes them for trusted.
 */
export async function encodePkcs12(
  contents: Pkcs12Contents,
  { password, strength, rounds = defaultRounds[strength] }: Pkcs12Protection,
): Promise<Uint8Array> {
  const scheme = schemes[strength]
  const encrypt: Encrypt = (plaintext) => scheme.encrypt(plaintext, { password, rounds })
  const safe = new AuthenticatedSafe(
    contents.type === 'identity'
      ? await encodeIdentity(contents, encrypt)
      : [await sealBags(contents.anchors.map(anchorBag), encrypt)],
  )
  const octets = AsnSerializer.serialize(safe)
  const pfx = new PFX({ authSafe: dataContent(octets) })
  pfx.macData = protect(new Uint8Array(octets), { password, rounds, hash: scheme.macHash })
  return new Uint8Array(AsnSerializer.serialize(pfx))
}

async function encodeIdentity(
  { privateKey, certificates }: Extract<Pkcs12Contents, { type: 'identity' }>,
  encrypt: Encrypt,
): Promise<ContentInfo[]> {
  const [leaf, ...issuers] = certificates
  const binding = localKeyId(leaf)
  const bags = [certificateBag(leaf, [binding]), ...issuers.map((der) => certificateBag(der))]
  const keyBag = new SafeBag({
    bagId: id_pkcs8ShroudedKeyBag,
    bagValue: await shroud(privateKey, encrypt),
    bagAttributes: [binding],
  })
  return [
    await sealBags(bags, encrypt),
    dataContent(AsnSerializer.serialize(new SafeContents([keyBag]))),
  ]
}

/** An EncryptedPrivateKeyInfo (RFC 5958 §3). */
async function shroud(privateKey: KeyObject, encrypt: Encrypt): Promise<ArrayBuffer> {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  try {
    const { identifier, ciphertext } = await encrypt(pkcs8)
    const info = new EncryptedPrivateKeyInfo({
      encryptionAlgorithm: identifier,
      encryptedData: new EncryptedData(ciphertext),
    })
    return AsnSerializer.serialize(info)
  } finally {
    pkcs8.fill(0)
  }
}

function anchorBag({ certificate, friendlyName }: Pkcs12Anchor): SafeBag {
  return certificateBag(certificate, [
    attribute(trustedKeyUsageOid, anyExtendedKeyUsage.buffer),
    attribute(friendlyNameOid, AsnBmpStringConverter.toASN(friendlyName).toBER()),
  ])
}

function certificateBag(der: Uint8Array, bagAttributes?: PKCS12Attribute[]): SafeBag {
  const certBag = new CertBag({
    certId: id_x509Certificate,
    certValue: AsnSerializer.serialize(new OctetString(der)),
  })
  return new SafeBag({
    bagId: id_certBag,
    bagValue: AsnSerializer.serialize(certBag),
    ...(bagAttributes === undefined ? {} : { bagAttributes }),
  })
}

/** What ties a key to its certificate: the SHA-1 of the certificate, as readers are used to. */
function localKeyId(leaf: Uint8Array): PKCS12Attribute {
  const identifier = new OctetString(hash('sha1', leaf, 'buffer'))
  return attribute(localKeyIdOid, AsnSerializer.serialize(identifier))
}

/** The constructor of asn1-pfx 2 drops what it is given. */
function attribute(oid: string, value: ArrayBuffer): PKCS12Attribute {
  const made = new PKCS12Attribute()
  made.attrId = oid
  made.attrValues = [value]
  return made
}

async function sealBags(bags: SafeBag[], encrypt: Encrypt): Promise<ContentInfo> {
  const plaintext = new Uint8Array(AsnSerializer.serialize(new SafeContents(bags)))
  const { identifier, ciphertext } = await encrypt(plaintext)
  const sealed = new CmsEncryptedData()
  sealed.encryptedContentInfo = new EncryptedContentInfo({
    contentType: dataOid,
    contentEncryptionAlgorithm: identifier,
    encryptedContent: new EncryptedContent({ value: new OctetString(ciphertext) }),
  })
  return new ContentInfo({
    contentType: encryptedDataOid,
    content: AsnSerializer.serialize(sealed),
  })
}

function dataContent(octets: ArrayBuffer): ContentInfo {
  const content = AsnSerializer.serialize(new OctetString(octets))
  return new ContentInfo({ contentType: dataOid, content })
}

function protect(
  octets: Uint8Array,
  { password, rounds, hash: hashName }: Derivation & { readonly hash: 'sha1' | 'sha256' },
): MacData {
  const salt = randomBytes(16)
  const input = { password: encodeBmpPassword(password), salt, rounds, hash: hashName }
  const { oid, length } = macHashes[hashName]
  const mac = createHmac(hashName, deriveKey(input, 'mac', length))
    .update(octets)
    .digest()
  const macData = new MacData({ macSalt: new OctetString(salt), iterations: rounds })
  macData.mac.digestAlgorithm = new AlgorithmIdentifier({ algorithm: oid, parameters: null })
  macData.mac.digest = new OctetString(mac)
  return macData
}

/** RFC 5652 §8, as far as PKCS #12 uses it. */
class CmsEncryptedData {
  version = 0
  encryptedContentInfo: EncryptedContentInfo = new EncryptedContentInfo()
}
describeSequence(CmsEncryptedData, {
  version: { type: AsnPropTypes.Integer },
  encryptedContentInfo: { type: EncryptedContentInfo },
})

interface Derivation {
  readonly password: string
  readonly rounds: number
}

interface Encrypted {
  readonly identifier: AlgorithmIdentifier
  readonly ciphertext: Uint8Array
}

type Encrypt = (plaintext: Uint8Array) => Promise<Encrypted>

interface Scheme {
  readonly macHash: 'sha1' | 'sha256'
  encrypt(plaintext: Uint8Array, derivation: Derivation): Promise<Encrypted>
}

const schemes: Record<Pkcs12Protection['strength'], Scheme> = {
  modern: { macHash: 'sha256', encrypt: encryptModern },
  legacy: { macHash: 'sha1', encrypt: encryptLegacy },
}

async function encryptModern(
  plaintext: Uint8Array,
  { password, rounds }: Derivation,
): Promise<Encrypted> {
  const parameters = {
    salt: randomBytes(16),
    rounds,
    hash: 'sha256',
    cipher: 'aes-256-cbc',
    iv: randomBytes(16),
  } as const
  return {
    identifier: createPbes2Identifier(parameters),
    ciphertext: await encryptPbes2(parameters, plaintext, password),
  }
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C). */
async function encryptLegacy(
  plaintext: Uint8Array,
  { password, rounds }: Derivation,
): Promise<Encrypted> {
  const salt = randomBytes(8)
  const input = { password: encodeBmpPassword(password), salt, rounds, hash: 'sha1' } as const
  const cipher = createCipheriv(
    'des-ede3-cbc',
    deriveKey(input, 'encryption', 24),
    deriveKey(input, 'iv', 8),
  )
  const parameters = new LegacyParameters()
  parameters.salt = new OctetString(salt)
  parameters.iterations = rounds
  return {
    identifier: new AlgorithmIdentifier({
      algorithm: id_pbeWithSHAAnd3_KeyTripleDES_CBC,
      parameters: AsnSerializer.serialize(parameters),
    }),
    ciphertext: Buffer.concat([cipher.update(plaintext), cipher.final()]),
  }
}

/** RFC 7292 appendix C: pkcs-12PbeParams. */
class LegacyParameters {
  salt: OctetString = new OctetString()
  iterations = 0
}
describeSequence(LegacyParameters, {
  salt: { type: OctetString },
  iterations: { type: AsnPropTypes.Integer },
})

const macHashes = {
  sha1: { oid: '1.3.14.3.2.26', length: 20 },
  sha256: { oid: '2.16.840.1.101.3.4.2.1', length: 32 },
} as const

/** Old readers are slow, and SHA-1 with triple DES is no protection to be proud of. */
const defaultRounds = { modern: minimumPbkdf2Rounds, legacy: 2048 } as const

const dataOid = '1.2.840.113549.1.7.1'
const encryptedDataOid = '1.2.840.113549.1.7.6'
const localKeyIdOid = '1.2.840.113549.1.9.21'
const friendlyNameOid = '1.2.840.113549.1.9.20'
/** Java's mark of a certificate that is trusted, for the purposes in its value. */
const trustedKeyUsageOid = '2.16.840.1.113894.746875.1.1'
/** The DER of the OBJECT IDENTIFIER 2.5.29.37.0. */
const anyExtendedKeyUsage = Uint8Array.of(0x06, 0x04, 0x55, 0x1d, 0x25, 0x00)

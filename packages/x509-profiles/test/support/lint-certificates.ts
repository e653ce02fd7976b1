import {
  encodeAuthorityKeyIdentifier,
  encodeBasicConstraints,
  encodeExtendedKeyUsages,
  encodeExtension,
  encodeKeyUsage,
  encodeSubjectAltNames,
  encodeSubjectKeyIdentifier,
} from '../../src/extensions.ts'
import {
  type Certificate,
  createName,
  type DistinguishedName,
  type Extension,
  type GeneralName,
  type KeyUsage,
  parseCertificate,
  parseName,
  type Validity,
} from '../../src/index.ts'
import {
  constructed,
  encodeBitString,
  encodeElement,
  encodeInteger,
  encodeOid,
  encodeSequence,
  fromHex,
  primitive,
  tags,
} from '../../src/internal/der.ts'
import { encodeValidity } from '../../src/validity.ts'

/** What a certificate for lints says; all has a sound value unless given. */
export interface LintContents {
  readonly version?: 1 | 3
  readonly serialNumber?: bigint
  readonly signatureOid?: string
  readonly subject?: DistinguishedName
  readonly issuer?: DistinguishedName
  readonly validity?: Validity
  readonly key?: Uint8Array
  /** By object identifier; undefined leaves a sound one out. */
  readonly extensions?: Readonly<Record<string, Change | undefined>>
}

/** A sound extension made critical or not, or one with this value. */
export type Change = { readonly critical?: boolean; readonly value?: Uint8Array }

/** A certificate of a server that keeps all rules but those that name its parts. */
export function makeSubscriber(contents: LintContents = {}): Certificate {
  return make(contents, createName({}), [
    extension('2.5.29.15', true, encodeKeyUsage(['digitalSignature'])),
    extension('2.5.29.37', false, encodeExtendedKeyUsages([serverAuth])),
    sans([{ type: 'dns', value: 'web.example.com' }], true),
  ])
}

/** A CA below another that keeps all rules. */
export function makeSubordinate(contents: LintContents = {}): Certificate {
  return make(contents, authorityName('Subordinate'), [
    ...authorityExtensions,
    extension('2.5.29.37', false, encodeExtendedKeyUsages([serverAuth])),
  ])
}

/** A root that keeps all rules. */
export function makeLintRoot(contents: LintContents = {}): Certificate {
  const without = { '2.5.29.31': undefined, '2.5.29.32': undefined, [aia]: undefined }
  const extensions = { ...without, ...contents.extensions }
  return make({ ...contents, extensions }, issuerName, authorityExtensions)
}

export const aia = '1.3.6.1.5.5.7.1.1'
export const serverAuth = '1.3.6.1.5.5.7.3.1'

export function authorityName(commonName: string): DistinguishedName {
  return createName({ country: 'DE', organization: 'Org', commonName })
}

/** A name of these attributes, all in one RelativeDistinguishedName. */
export function joinedName(
  attributes: readonly (readonly [oid: string, value: string])[],
): DistinguishedName {
  const encoded = attributes.map(([oid, value]) =>
    encodeSequence(encodeOid(oid), encodeElement(tags.utf8String, Buffer.from(value))),
  )
  return parseName(encodeSequence(encodeElement(tags.set, ...encoded)))
}

/** A GeneralName by its tag and its contents. */
export type TaggedName = readonly [tag: number, contents: Uint8Array]

/** Writes GeneralNames as they are. */
export function generalNames(...names: readonly TaggedName[]): Uint8Array {
  return encodeSequence(...names.map(([tag, contents]) => encodeElement(tag, contents)))
}

export function dns(text: string): TaggedName {
  return [primitive(2), Buffer.from(text)]
}

export function usage(...usages: readonly KeyUsage[]): Change {
  return { value: encodeKeyUsage(usages) }
}

export function informationAccess(
  ...entries: readonly (readonly [last: 1 | 2, uri: string])[]
): Change {
  const described = entries.map(([last, uri]) =>
    encodeSequence(
      encodeOid(`1.3.6.1.5.5.7.48.${last}`),
      encodeElement(primitive(6), Buffer.from(uri)),
    ),
  )
  return { value: encodeSequence(...described) }
}

export function distributionPoints(uri: string): Change {
  const fullName = encodeElement(constructed(0), encodeElement(primitive(6), Buffer.from(uri)))
  return { value: encodeSequence(encodeSequence(encodeElement(constructed(0), fullName))) }
}

export function rsaKey({
  modulus = 2n ** 2047n + 1n,
  exponent = 65_537n,
}: {
  readonly modulus?: bigint
  readonly exponent?: bigint
}): Uint8Array {
  const algorithm = encodeSequence(encodeOid('1.2.840.113549.1.1.1'), Uint8Array.of(5, 0))
  const key = encodeSequence(encodeInteger(modulus), encodeInteger(exponent))
  return encodeSequence(algorithm, encodeBitString(key))
}

/** A key of another kind, or on another curve. */
export function otherKey(oid: string, curve?: string): Uint8Array {
  const parameters = curve === undefined ? [] : [encodeOid(curve)]
  return encodeSequence(
    encodeSequence(encodeOid(oid), ...parameters),
    encodeBitString(new Uint8Array(65).fill(4)),
  )
}

function extension(oid: string, critical: boolean, value: Uint8Array): Extension {
  return { oid, critical, value }
}

export function sans(names: readonly GeneralName[], critical: boolean): Extension {
  return encodeSubjectAltNames(names, { critical })
}

function make(
  contents: LintContents,
  subject: DistinguishedName,
  own: readonly Extension[],
): Certificate {
  const sound = [
    ...own,
    extension('2.5.29.14', false, encodeSubjectKeyIdentifier(new Uint8Array(20))),
    extension('2.5.29.35', false, encodeAuthorityKeyIdentifier(new Uint8Array(20))),
    extension('2.5.29.32', false, encodeSequence(encodeSequence(encodeOid('2.23.140.1.2.1')))),
    extension('2.5.29.31', false, distributionPoints('http://ca.example.com/crl').value ?? none),
    extension(
      aia,
      false,
      informationAccess([1, 'http://ca.example.com/ocsp'], [2, 'http://ca.example.com/crt'])
        .value ?? none,
    ),
  ]
  const algorithm = encodeSequence(encodeOid(contents.signatureOid ?? '1.2.840.10045.4.3.2'))
  const { version = 3, serialNumber = 2n ** 100n } = contents
  const tbs = encodeSequence(
    ...(version === 3 ? [encodeElement(constructed(0), encodeInteger(2))] : []),
    encodeInteger(serialNumber),
    algorithm,
    (contents.issuer ?? issuerName).der,
    encodeValidity(contents.validity ?? days(90)),
    (contents.subject ?? subject).der,
    contents.key ?? p256Key,
    ...(version === 3
      ? [
          encodeElement(
            constructed(3),
            encodeSequence(...changed(sound, contents).map(encodeExtension)),
          ),
        ]
      : []),
  )
  return parseCertificate(encodeSequence(tbs, algorithm, encodeBitString(new Uint8Array(64))))
}

function changed(
  sound: readonly Extension[],
  { extensions = {} }: LintContents,
): readonly Extension[] {
  const kept = sound.flatMap((each) => {
    if (!Object.hasOwn(extensions, each.oid)) return [each]
    const change = extensions[each.oid]
    return change === undefined ? [] : [{ ...each, ...change }]
  })
  const known = new Set(sound.map(({ oid }) => oid))
  const added = Object.entries(extensions).flatMap(([oid, change]) =>
    known.has(oid) || change === undefined
      ? []
      : [{ oid, critical: change.critical ?? false, value: change.value ?? encodeSequence() }],
  )
  return [...kept, ...added]
}

export function days(count: number, from = '2026-01-01T00:00:00Z'): Validity {
  const notBefore = new Date(from)
  return { notBefore, notAfter: new Date(notBefore.getTime() + count * 24 * 3_600_000) }
}

/** Its point is the curve's generator. */
const p256Key = encodeSequence(
  encodeSequence(encodeOid('1.2.840.10045.2.1'), encodeOid('1.2.840.10045.3.1.7')),
  encodeBitString(
    fromHex(
      '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    ),
  ),
)

const none = new Uint8Array()
const issuerName = authorityName('Root')

const authorityExtensions = [
  extension('2.5.29.15', true, encodeKeyUsage(['digitalSignature', 'keyCertSign', 'cRLSign'])),
  extension('2.5.29.19', true, encodeBasicConstraints({ isCa: true })),
]

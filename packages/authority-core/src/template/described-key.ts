import { createStruct, type TemplateField, type TemplateStruct } from '@mayfly/go-template'
import { publicKeyOf } from '@mayfly/x509-profiles'

/** The fields `PublicKey` and `PublicKeyAlgorithm` of a request or a certificate; neither stands in its JSON. */
export function describePublicKey(holder: {
  readonly subjectPublicKeyInfo: Uint8Array
}): readonly TemplateField[] {
  const publicKey = publicKeyOf(holder)
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
  const { type, algorithm } = typesByKey.get(publicKey.asymmetricKeyType ?? '') ?? unknownKey
  const size: TemplateField = { name: 'Size', value: BigInt(Math.ceil(bits / 8)), json: false }
  const key = createStruct({ type, fields: bits > 0 ? [size] : [], text: `{${algorithm} key}` })
  return [
    { name: 'PublicKey', value: key, json: false },
    { name: 'PublicKeyAlgorithm', value: createAlgorithm(algorithm), json: false },
  ]
}

/** A number with a name of its own in Go. */
function createAlgorithm(text: string): TemplateStruct {
  return createStruct({ type: 'x509.PublicKeyAlgorithm', fields: [], text })
}

const typesByKey: ReadonlyMap<string, { readonly type: string; readonly algorithm: string }> =
  new Map([
    ['rsa', { type: '*rsa.PublicKey', algorithm: 'RSA' }],
    ['ec', { type: '*ecdsa.PublicKey', algorithm: 'ECDSA' }],
    ['ed25519', { type: 'ed25519.PublicKey', algorithm: 'Ed25519' }],
  ])

const unknownKey = { type: '<nil>', algorithm: '0' }

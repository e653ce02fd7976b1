import { createPublicKey, type KeyObject } from 'node:crypto'
import { createRenewalToken } from '@mayfly/ca-client'
import { createSigner, generatePrivateKey, type KeyType, keyTypeOf } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
  formatName,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { RenewalError } from '../errors.ts'
import type { RekeyClient, RenewalClient, Renewed } from '../renewal-client.ts'
import type { KeptCertificate } from '../renewal-options.ts'
import type { Chain } from './certificate-file.ts'

/** What is to be renewed, and when it is. */
export interface Exchange {
  readonly certificateChain: Chain
  readonly privateKey: KeyObject
  readonly now: () => Date
}

/**
 * Asks for a certificate of the same key, and judges it.
 *
 * @throws {RenewalError} when it cannot take the old one's place.
 */
export async function renewCertificate(
  exchange: Exchange,
  {
    client,
    mutualTls = true,
  }: { readonly client: RenewalClient; readonly mutualTls?: boolean | undefined },
): Promise<KeptCertificate> {
  const { certificateChain, privateKey, now } = exchange
  const identity = { certificateChain, privateKey }
  const renewed =
    mutualTls && !isExpired(certificateChain[0], now())
      ? await client.renew(identity)
      : await client.renewWithToken(await createRenewalToken(identity, { url: client.url, now }))
  return fitReplacement(renewed, privateKey, exchange)
}

/**
 * Asks for a certificate of a new key, by default of the old one's type, and judges it. One that has expired is
 * renewed with its old key, by token.
 *
 * @throws {RenewalError} when it cannot take the old one's place.
 */
export async function rekeyCertificate(
  exchange: Exchange,
  { client, keyType }: { readonly client: RekeyClient; readonly keyType?: KeyType | undefined },
): Promise<KeptCertificate> {
  const { certificateChain, privateKey, now } = exchange
  if (isExpired(certificateChain[0], now())) return renewCertificate(exchange, { client })
  const newKey = await generatePrivateKey(keyType ?? keyTypeOf(privateKey))
  const csr = await encodeKeyRequest(newKey)
  return fitReplacement(await client.rekey({ certificateChain, privateKey, csr }), newKey, exchange)
}

export function isExpired({ validity }: Certificate, now: Date): boolean {
  return now > validity.notAfter
}

/** Only the key of the request counts. */
async function encodeKeyRequest(key: KeyObject): Promise<string> {
  const request = { subject: createName({}), subjectAltNames: [], signer: createSigner(key) }
  return encodeCertificationRequestPem(await createCertificationRequest(request))
}

/** What a server goes on with unseen must be what it had, and good now. */
function fitReplacement(
  { certificate, chain }: Renewed,
  privateKey: KeyObject,
  { certificateChain: [predecessor], now }: Exchange,
): KeptCertificate {
  if (!publicKeyOf(certificate).equals(createPublicKey(privateKey))) {
    throw new RenewalError('renewed_key_differs', 'the renewed certificate is for another key')
  }
  if (!haveSameNames(certificate, predecessor)) {
    const [given, wanted] = [certificate, predecessor].map(describeNames)
    throw new RenewalError(
      'renewed_names_differ',
      `the renewed certificate is for ${given}, not ${wanted}`,
    )
  }
  const { notAfter } = certificate.validity
  if (!(notAfter > now())) {
    throw new RenewalError(
      'renewed_certificate_expired',
      `the renewed certificate ended at ${notAfter.toISOString()}`,
    )
  }
  // What was judged is what is written, whatever the chain begins with.
  return { certificate, chain: [certificate, ...chain.slice(1)], privateKey }
}

export function haveSameNames(one: Certificate, other: Certificate): boolean {
  return JSON.stringify(namesOf(one)) === JSON.stringify(namesOf(other))
}

/** The subject's attributes in their order, the subjectAltNames in any. */
function namesOf({ subject, subjectAltNames }: Certificate): readonly string[][] {
  const attributes = subject.attributes.map(({ type, value }) => `${type}=${value}`)
  return [attributes, subjectAltNames.map(({ type, value }) => `${type}:${value}`).toSorted()]
}

function describeNames({ subject, subjectAltNames }: Certificate): string {
  return [formatName(subject), ...subjectAltNames.map(({ value }) => value)].join(' ')
}

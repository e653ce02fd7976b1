import type { KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type CaClient, createRenewalToken, type SignResponse } from '@mayfly/ca-client'
import { describeFileError, KeystoreError, writeFileWhole } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  encodeCertificatePem,
  formatName,
  parseCertificatePem,
} from '@mayfly/x509-profiles'
import { RenewalError } from './errors.ts'

export interface RenewOnceOptions {
  /** The PEM file with the certificate and its intermediates. */
  readonly certificatePath: string
  readonly privateKey: KeyObject
  readonly client: CaClient
  /** Where the new certificate goes, default `certificatePath`. */
  readonly out?: string | undefined
  /** How the PEM is written to its path, default whole, by a rename. */
  readonly writeFile?: ((path: string, contents: string) => Promise<void>) | undefined
  /** False sends a signed token instead of showing the certificate; an expired one always does. */
  readonly mutualTls?: boolean | undefined
  readonly now: () => Date
}

export interface Renewed {
  readonly certificate: Certificate
  /** As written: the certificate first, then its intermediates. */
  readonly chain: readonly Certificate[]
}

/**
 * Renews the certificate of a file, whose key stays. The file is replaced as a whole, and only by a
 * certificate that can take its place; at any failure it is as it was. A new file has mode 0600, an
 * existing one keeps mode and owner.
 *
 * @throws {RenewalError}
 * @throws {CaClientError} when the CA cannot be asked or refuses.
 */
export async function renewOnce(options: RenewOnceOptions): Promise<Renewed> {
  const { certificatePath, out = certificatePath, writeFile = replaceFile, now } = options
  const certificateChain = await loadChain(certificatePath)
  const [predecessor] = certificateChain
  if (predecessor === undefined) throw unreadable(certificatePath, 'no certificates found')
  const { certificate, chain } = await renew(predecessor, certificateChain, options)
  assertFitReplacement(certificate, predecessor, now())
  await writeFile(out, chain.map(encodeCertificatePem).join(''))
  return { certificate, chain }
}

async function renew(
  { validity }: Certificate,
  certificateChain: readonly Certificate[],
  { privateKey, client, mutualTls = true, now }: RenewOnceOptions,
): Promise<SignResponse> {
  const identity = { certificateChain, privateKey }
  if (mutualTls && now() <= validity.notAfter) return client.renew(identity)
  return client.renewWithToken(await createRenewalToken(identity, { url: client.url, now }))
}

/** What a server goes on with unseen must be what it had, and good now. The client saw to the key. */
function assertFitReplacement(renewed: Certificate, predecessor: Certificate, now: Date): void {
  if (JSON.stringify(namesOf(renewed)) !== JSON.stringify(namesOf(predecessor))) {
    const [given, wanted] = [renewed, predecessor].map(describeNames)
    throw new RenewalError(
      'renewed_names_differ',
      `the renewed certificate is for ${given}, not ${wanted}`,
    )
  }
  const { notAfter } = renewed.validity
  if (notAfter <= now) {
    throw new RenewalError(
      'renewed_certificate_expired',
      `the renewed certificate ended at ${notAfter.toISOString()}`,
    )
  }
}

/** The subject's attributes in their order, the subjectAltNames in any. */
function namesOf({ subject, subjectAltNames }: Certificate): readonly string[][] {
  const attributes = subject.attributes.map(({ type, value }) => `${type}=${value}`)
  return [attributes, subjectAltNames.map(({ type, value }) => `${type}:${value}`).toSorted()]
}

function describeNames({ subject, subjectAltNames }: Certificate): string {
  return [formatName(subject), ...subjectAltNames.map(({ value }) => value)].join(' ')
}

async function loadChain(path: string): Promise<readonly Certificate[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, describeFileError(cause), cause)
  }
  try {
    return parseCertificatePem(text)
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

async function replaceFile(path: string, contents: string): Promise<void> {
  try {
    await writeFileWhole(path, contents)
  } catch (cause) {
    if (!(cause instanceof KeystoreError)) throw cause
    throw new RenewalError('certificate_unwritable', cause.message, { cause })
  }
}

function unreadable(path: string, reason: string, cause?: unknown): RenewalError {
  return new RenewalError('certificate_unreadable', `error reading ${path}: ${reason}`, { cause })
}

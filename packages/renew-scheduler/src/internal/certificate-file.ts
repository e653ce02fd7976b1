import { readFile } from 'node:fs/promises'
import { describeFileError, KeystoreError, writeFileWhole } from '@mayfly/keystore-hsm'
import { type Certificate, encodeCertificatePem, parseCertificatePem } from '@mayfly/x509-profiles'
import { RenewalError } from '../errors.ts'

/** A certificate, then its intermediates. */
export type Chain = readonly [Certificate, ...Certificate[]]

/** @throws {RenewalError} `certificate_unreadable`. */
export async function loadChain(path: string): Promise<Chain> {
  return parseChain(await readText(path), path)
}

/**
 * Reads a file that may be missing or be written in part, which is `undefined`.
 *
 * @throws {RenewalError} `certificate_unreadable` for what is there and cannot be read.
 */
export async function findChain(path: string): Promise<Chain | undefined> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw unreadable(path, describeFileError(cause), cause)
  })
  try {
    return text === undefined ? undefined : parseChain(text, path)
  } catch {
    return undefined
  }
}

/** Reads one file over and over, and parses it only when it has changed. */
export function createChainReader(): (path: string) => Promise<Chain> {
  let last: { readonly path: string; readonly text: string; readonly chain: Chain } | undefined
  return async (path) => {
    const text = await readText(path)
    if (last?.path !== path || last.text !== text)
      last = { path, text, chain: parseChain(text, path) }
    return last.chain
  }
}

export function encodeChainPem(chain: readonly Certificate[]): string {
  return chain.map(encodeCertificatePem).join('')
}

/** @throws {RenewalError} `certificate_unwritable`. */
export async function replaceCertificateFile(path: string, contents: string): Promise<void> {
  try {
    await writeFileWhole(path, contents)
  } catch (cause) {
    if (!(cause instanceof KeystoreError)) throw cause
    throw new RenewalError('certificate_unwritable', cause.message, { cause })
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, describeFileError(cause), cause)
  }
}

function parseChain(text: string, path: string): Chain {
  let certificates: readonly Certificate[]
  try {
    certificates = parseCertificatePem(text)
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const [leaf, ...others] = certificates
  if (leaf === undefined) throw unreadable(path, 'no certificates found')
  return [leaf, ...others]
}

function unreadable(path: string, reason: string, cause?: unknown): RenewalError {
  return new RenewalError('certificate_unreadable', `error reading ${path}: ${reason}`, { cause })
}

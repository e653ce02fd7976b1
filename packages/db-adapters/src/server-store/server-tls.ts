import { readFile } from 'node:fs/promises'
import { StoreError } from '../errors.ts'
import type { ServerTls } from './server-options.ts'

/** What both drivers hand to `tls.connect`. */
export interface TlsSettings {
  readonly rejectUnauthorized: boolean
  readonly checkServerIdentity?: () => undefined
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** @throws {StoreError} `store_unavailable` when a file cannot be read. */
export async function loadTls(tls: ServerTls): Promise<TlsSettings> {
  const [ca, cert, key] = await Promise.all(
    [tls.rootFile, tls.certificateFile, tls.keyFile].map(readPem),
  )
  return {
    rejectUnauthorized: tls.verify !== 'none',
    ...(tls.verify === 'chain' ? { checkServerIdentity: () => undefined } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError('store_unavailable', `TLS to the database: ${reason}`, {
      cause,
      hint: 'name a PEM file that this user may read',
    })
  }
}

import { readInput } from '../files/input-file.ts'
import type { Io } from '../io.ts'
import { type CertificateFileEntry, parseCertificates } from './certificate-file.ts'
import { isRemote, type RemoteOptions } from './remote-address.ts'

/**
 * Loads what an argument names: the certificates that a server shows, or the certificates and CSRs of a file, one
 * at least.
 *
 * @throws {CommandError} `server_unreachable`, `file_unreadable`, `certificate_unfit`
 */
export async function loadCertificates(
  io: Io,
  name: string,
  options: RemoteOptions,
  failure?: (path: string, reason: string) => string,
): Promise<readonly CertificateFileEntry[]> {
  if (isRemote(name)) {
    // Loaded when it is needed: most certificates are in files.
    const { loadRemoteChain } = await import('./remote.ts')
    const chain = await loadRemoteChain(io, name, options)
    return chain.map((value) => ({ kind: 'certificate', value }))
  }
  return parseCertificates(await readInput(io, name, failure), name)
}

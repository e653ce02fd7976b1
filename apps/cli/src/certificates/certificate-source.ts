import { readInput } from '../files/input-file.ts'
import type { Io } from '../io.ts'
import { type CertificateFileEntry, parseCertificates } from './certificate-file.ts'
import { isRemote, loadRemoteChain, type RemoteOptions } from './remote.ts'

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
    const chain = await loadRemoteChain(io, name, options)
    return chain.map((value) => ({ kind: 'certificate', value }))
  }
  return parseCertificates(await readInput(io, name, failure), name)
}

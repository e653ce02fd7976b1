import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'
import { describeConnectionFailure } from '@mayfly/ca-client'
import {
  type Certificate,
  ProfileError,
  parseCertificate,
  verifyCertificatePath,
} from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { describePathFailure } from './path-failure.ts'
import { addressPattern, type RemoteOptions } from './remote-address.ts'
import { loadRootBundle } from './root-bundle.ts'

/**
 * Connects to a server by TLS and returns the certificates that it shows, its own first.
 *
 * @throws {CommandError} `server_unreachable`, also when its certificate is not trusted; `file_unreadable`
 */
export async function loadRemoteChain(
  io: Io,
  address: string,
  { roots: rootNames, servername, insecure }: RemoteOptions,
): Promise<readonly [Certificate, ...Certificate[]]> {
  const { host, port } = parseAddress(address)
  const roots = insecure ? [] : await loadRootBundle(io, rootNames)
  const name = servername ?? host
  const chain = await readChain({ host, port, name }).catch((cause: unknown) => {
    if (cause instanceof CommandError) throw cause
    throw unreachable(describeConnectionFailure(cause).text, cause)
  })
  if (insecure) {
    reportLine(io, `warning: the certificate of ${host} is shown as it came, not verified`)
    return chain
  }
  const [leaf, ...intermediates] = chain
  try {
    verifyCertificatePath(leaf, {
      roots,
      intermediates,
      now: io.now(),
      usage: 'serverAuth',
      host: name,
    })
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    const reason = describePathFailure(cause, leaf, { host: name, now: io.now() })
    throw unreachable(`tls: failed to verify certificate: x509: ${reason}`, cause)
  }
  return chain
}

function parseAddress(address: string): { readonly host: string; readonly port: number } {
  const [, scheme = '', authority = ''] = addressPattern.exec(address) ?? []
  const [, bracketed, plain = '', port] = authorityPattern.exec(authority) ?? []
  const host = bracketed ?? plain
  const number = port === undefined ? defaultPorts.get(scheme.toLowerCase()) : Number(port)
  if (host !== '' && number !== undefined && number <= 65_535) return { host, port: number }
  throw new CommandError('arguments_wrong', `error parsing ${address}: it names no server`)
}

/** The path is judged afterwards, by our own rules: here every certificate will do. */
function readChain({
  host,
  port,
  name,
}: {
  readonly host: string
  readonly port: number
  readonly name: string
}): Promise<readonly [Certificate, ...Certificate[]]> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(isIP(name) === 0 ? { servername: name } : {}),
      rejectUnauthorized: false,
      // Without anchors Node adds nothing to what the server sent.
      ca: [],
      minVersion: 'TLSv1.2',
      timeout: patience,
    })
    // Not once: an error after the first would end the process.
    socket.on('error', reject)
    socket.once('timeout', () => {
      socket.destroy()
      reject(unreachable(`dial tcp ${host}:${port}: i/o timeout`, undefined))
    })
    socket.once('secureConnect', () => {
      try {
        resolve(chainOf(socket))
      } catch (error) {
        reject(error)
      } finally {
        socket.destroy()
      }
    })
  })
}

function chainOf(socket: TLSSocket): readonly [Certificate, ...Certificate[]] {
  const chain: Certificate[] = []
  const seen = new Set<DetailedPeerCertificate>()
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  // The last certificate, if it is self-signed, names itself as its issuer.
  while (next?.raw !== undefined && !seen.has(next)) {
    seen.add(next)
    chain.push(parseCertificate(next.raw))
    next = next.issuerCertificate
  }
  const [leaf, ...others] = chain
  if (leaf === undefined) throw unreachable('tls: the server shows no certificate', undefined)
  return [leaf, ...others]
}

function unreachable(reason: string, cause: unknown): CommandError {
  return new CommandError('server_unreachable', `failed to connect: ${reason}`, { cause })
}

const authorityPattern = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/

const defaultPorts: ReadonlyMap<string, number> = new Map([
  ['https', 443],
  ['tls', 443],
  ['tcp', 443],
  ['smtps', 465],
  ['ldaps', 636],
])

/** Milliseconds. */
const patience = 30_000

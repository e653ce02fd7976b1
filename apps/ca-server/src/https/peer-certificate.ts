import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PresentedCertificate } from '@mayfly/authority-core'
import { type Certificate, ProfileError, parseCertificate } from '@mayfly/x509-profiles'
import { RequestError } from '../http/request-error.ts'

/** Finds what the client of a connection presented; each connection is read once. */
export type PeerCertificates = (socket: Socket) => PresentedCertificate | undefined

/**
 * Remembers certificates with their connections, and no longer; but for the latest that were sent above a leaf, which
 * the next client sends, too.
 */
export function createPeerCertificates(): PeerCertificates {
  const known = new WeakMap<Socket, { readonly presented: PresentedCertificate | undefined }>()
  const parseIssuer = createIssuerParser()
  return (socket) => {
    const entry = known.get(socket) ?? { presented: readPeerCertificate(socket, parseIssuer) }
    known.set(socket, entry)
    return entry.presented
  }
}

/**
 * Reads the certificate that proved possession of its key in the handshake, and what was sent above it. Nothing is said
 * about whether any of it is good.
 *
 * @throws {RequestError} `client_certificate_malformed`.
 */
function readPeerCertificate(
  socket: Socket,
  parseIssuer: IssuerParser,
): PresentedCertificate | undefined {
  const leaf = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  if (leaf === undefined) return undefined
  try {
    return { certificate: parseCertificate(leaf.raw), chain: readChain(leaf, parseIssuer) }
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    throw new RequestError('client_certificate_malformed', 'malformed client certificate', {
      cause,
    })
  }
}

/** The certificates above the leaf, as far as they can be read; what is missing will not be trusted. */
function readChain(leaf: X509Certificate, parseIssuer: IssuerParser): Certificate[] {
  const chain: Certificate[] = []
  let issuer = leaf.issuerCertificate
  while (issuer !== undefined && chain.length < maximumChainLength) {
    const certificate = parseIssuer(issuer.raw)
    if (certificate === undefined) return chain
    chain.push(certificate)
    issuer = issuer.issuerCertificate
  }
  return chain
}

type IssuerParser = (der: Uint8Array) => Certificate | undefined

/** Returns a parser that remembers the latest certificates by their octets: clients of one authority send the same. */
function createIssuerParser(): IssuerParser {
  const latest: Certificate[] = []
  return (der) => {
    const known = latest.find((certificate) => Buffer.compare(certificate.der, der) === 0)
    if (known !== undefined) return known
    const certificate = tryParse(der)
    if (certificate !== undefined && latest.unshift(certificate) > maximumRemembered) latest.pop()
    return certificate
  }
}

function tryParse(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (error instanceof ProfileError) return undefined
    throw error
  }
}

const maximumChainLength = 8

const maximumRemembered = 8

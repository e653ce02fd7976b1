import type { CaClientErrorCode } from '../errors.ts'
import { ServerIdentityError } from './server-identity.ts'

/** What a failed exchange is called, in the words that users of step know. */
export interface ConnectionFailure {
  readonly code: Extract<CaClientErrorCode, 'unreachable' | 'tls_untrusted' | 'timeout'>
  readonly text: string
  /** Whether the request surely never left: it may be sent again whatever it was. */
  readonly isUnsent: boolean
  /** Whether the same may come out differently in a moment. */
  readonly isPassing: boolean
}

/** Names an error of node:https. */
export function describeConnectionFailure(error: unknown): ConnectionFailure {
  const failure = firstOf(error)
  if (failure instanceof ServerIdentityError) return untrusted(failure.message)
  const code = memberOf(failure, 'code') ?? ''
  const tlsText = certificateFailures.get(code)
  if (tlsText !== undefined) return untrusted(tlsText)
  const message = failure instanceof Error ? failure.message : String(failure)
  if (isTlsFailure(code)) return { ...lost, code: 'tls_untrusted', text: describeTls(message) }
  const description = connectFailures.get(code)
  if (description === undefined) {
    return {
      ...lost,
      text: lostConnections.get(code) ?? message,
      isPassing: lostConnections.has(code),
    }
  }
  const isUnsent = memberOf(failure, 'syscall') === 'connect'
  return {
    ...lost,
    text: `dial tcp${addressOf(failure)}: ${description}`,
    isUnsent,
    isPassing: code !== 'ENOTFOUND',
  }
}

const lost = { code: 'unreachable', isUnsent: false, isPassing: false } as const

function untrusted(reason: string): ConnectionFailure {
  const text = `tls: failed to verify certificate: ${reason}`
  return { code: 'tls_untrusted', text, isUnsent: true, isPassing: false }
}

/** Of a name with several addresses, Node reports each attempt; the IPv4 one is what people look for. */
function firstOf(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error
  const ipv4 = error.errors.find((each) => memberOf(each, 'address')?.includes('.'))
  return ipv4 ?? error.errors[0] ?? error
}

function addressOf(failure: unknown): string {
  const host = memberOf(failure, 'hostname')
  if (host !== undefined) return `: lookup ${host}`
  const address = memberOf(failure, 'address')
  if (address === undefined) return ''
  const port = memberOf(failure, 'port') ?? ''
  return address.includes(':') ? ` [${address}]:${port}` : ` ${address}:${port}`
}

function memberOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const member: unknown = Reflect.get(value, name)
  return typeof member === 'string' || typeof member === 'number' ? String(member) : undefined
}

function isTlsFailure(code: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|EPROTO$)/.test(code)
}

function describeTls(message: string): string {
  const reason = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message
  if (reason === 'wrong version number' || reason === 'packet length too long') {
    return 'http: server gave HTTP response to HTTPS client'
  }
  const alert = /^(?:ssl|tls)v\d+ alert (.+)$/.exec(reason)?.[1]
  return alert === undefined ? `tls: ${reason}` : `remote error: tls: ${alert}`
}

const unknownAuthority = 'x509: certificate signed by unknown authority'
const outsideValidity = 'x509: certificate has expired or is not yet valid'

/** By OpenSSL's name of the verification result. */
const certificateFailures: ReadonlyMap<string, string> = new Map([
  ['UNABLE_TO_GET_ISSUER_CERT', unknownAuthority],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownAuthority],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownAuthority],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownAuthority],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', unknownAuthority],
  ['CERT_SIGNATURE_FAILURE', unknownAuthority],
  ['CERT_UNTRUSTED', unknownAuthority],
  ['CERT_HAS_EXPIRED', outsideValidity],
  ['CERT_NOT_YET_VALID', outsideValidity],
  ['INVALID_PURPOSE', 'x509: certificate specifies an incompatible key usage'],
  ['INVALID_CA', 'x509: issuer is not a certificate authority'],
])

const connectFailures: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['ETIMEDOUT', 'connect: connection timed out'],
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'server misbehaving'],
])

const lostConnections: ReadonlyMap<string, string> = new Map([
  ['ECONNRESET', 'connection reset by peer'],
  ['EPIPE', 'broken pipe'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'unexpected EOF'],
])

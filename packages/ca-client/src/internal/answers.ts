import type { KeyObject } from 'node:crypto'
import {
  type Certificate,
  equalCertificates,
  ProfileError,
  parseCertificatePem,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { CaClientError } from '../errors.ts'
import type { ProvisionerListing } from '../provisioner.ts'
import type { SignResponse } from '../sign-response.ts'
import type { Answer } from './exchange.ts'

// What the CA answers, read and checked. Each throws CaClientError `malformed_answer`.

export function parseHealth(body: string): { status: string } {
  return { status: stringMember(parseObject(body), 'status') }
}

export function parseVersion(body: string): {
  version: string
  requireClientAuthentication: boolean
} {
  const answer = parseObject(body)
  return {
    version: stringMember(answer, 'version'),
    requireClientAuthentication: answer.requireClientAuthentication === true,
  }
}

/** `{"crts": [PEM, …]}` */
export function parseCertificateList(body: string): Certificate[] {
  return stringsMember(parseObject(body), 'crts').map(parseOneCertificate)
}

/** `{"ca": PEM}` */
export function parseRootAnswer(body: string): Certificate {
  return parseOneCertificate(stringMember(parseObject(body), 'ca'))
}

export function parseBundle(body: string): Certificate[] {
  return asMalformed(() => parseCertificatePem(body))
}

export function parseProvisionerPage(body: string): {
  provisioners: readonly ProvisionerListing[]
  nextCursor: string
} {
  const answer = parseObject(body)
  const provisioners: unknown = answer.provisioners ?? []
  if (!Array.isArray(provisioners)) throw malformed('provisioners is not a list')
  return {
    provisioners: provisioners.map(parseProvisioner),
    nextCursor: answer.nextCursor === undefined ? '' : stringMember(answer, 'nextCursor'),
  }
}

export function parseEncryptedKey(body: string): string {
  return stringMember(parseObject(body), 'key')
}

/** Reads what /sign, /renew and /rekey answer; the certificate must be for `publicKey`. */
export function parseSignResponse(body: string, publicKey: KeyObject): SignResponse {
  const answer = parseObject(body)
  const certificate = parseOneCertificate(stringMember(answer, 'crt'))
  const rest = typeof answer.ca === 'string' && answer.ca !== '' ? [answer.ca] : []
  const chain = Array.isArray(answer.certChain)
    ? stringsMember(answer, 'certChain').map(parseOneCertificate)
    : [certificate, ...rest.map(parseOneCertificate)]
  const [first, issuer] = chain
  if (first === undefined || !equalCertificates(first, certificate)) {
    throw malformed('certChain does not begin with crt')
  }
  if (!asMalformed(() => publicKeyOf(certificate)).equals(publicKey)) {
    throw malformed('the certificate is for another key')
  }
  const tlsOptions = answer.tlsOptions
  return {
    certificate,
    chain,
    ...(issuer !== undefined && { issuer }),
    ...(isObject(tlsOptions) && { tlsOptions }),
  }
}

/** `{"status": "ok"}`, with `"serials": ["<decimal>", …]` where the CA was asked for renewals and knows them. */
export function parseRevocation(body: string): readonly bigint[] | undefined {
  const answer = parseObject(body)
  const status = stringMember(answer, 'status')
  if (status !== 'ok') throw malformed(`status is '${status}'`)
  return answer.serials === undefined
    ? undefined
    : stringsMember(answer, 'serials').map(parseSerialNumber)
}

/** A CA revokes whatever number it is told, so longer ones than certificates have are read, within reason. */
function parseSerialNumber(text: string): bigint {
  if (!/^\d{1,1000}$/.test(text)) throw malformed(`'${text}' is not a serial number`)
  return BigInt(text)
}

/** The error of an answer that is not a success: the CA's own message, if it holds one. */
export function refusalOf(answer: Answer): CaClientError {
  const { status, contentType, body, requestId } = answer
  const message = messageOf(body)
  if (message !== undefined) {
    return new CaClientError('refused', message, { status, requestId, hint: hintOf(answer) })
  }
  if (status === 503 && isUnhealthy(body)) {
    return new CaClientError('not_ready', 'not ready', { status, requestId })
  }
  const kind = contentType === '' ? 'no content type' : contentType
  return new CaClientError(
    'malformed_answer',
    `failed decoding CA error response: HTTP status ${status} with ${kind}`,
    { status, requestId },
  )
}

/** RFC 9110 §15.6.4. Whether what was asked came to be is not said, so a token may be spent. */
function hintOf({ status, retryAfterSeconds }: Answer): string | undefined {
  if (status !== 503) return undefined
  const time = retryAfterSeconds === undefined ? 'later' : `in ${retryAfterSeconds} s`
  return `the CA cannot serve just now; trying again ${time} does no harm: with a new token, should the one that was sent have been used`
}

/** `{"status": "error"}`, as `/health` answers while nothing can be issued. */
function isUnhealthy(body: string): boolean {
  try {
    return parseObject(body).status === 'error'
  } catch {
    return false
  }
}

function messageOf(body: string): string | undefined {
  try {
    const { message } = parseObject(body)
    return typeof message === 'string' && message !== '' ? message : undefined
  } catch {
    return undefined
  }
}

function parseProvisioner(value: unknown): ProvisionerListing {
  if (!isObject(value)) throw malformed('a provisioner is not an object')
  return { ...value, type: stringMember(value, 'type'), name: stringMember(value, 'name') }
}

function parseOneCertificate(pem: string): Certificate {
  const [certificate, ...others] = parseBundle(pem)
  if (certificate === undefined || others.length > 0) {
    throw malformed('not one certificate where one is due')
  }
  return certificate
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (cause) {
    throw malformed('the answer is not JSON', cause)
  }
  if (!isObject(value)) throw malformed('the answer is not a JSON object')
  return value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stringMember(object: Readonly<Record<string, unknown>>, name: string): string {
  const value = object[name]
  if (typeof value !== 'string') throw malformed(`${name} is not a string`)
  return value
}

function stringsMember(object: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = object[name]
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw malformed(`${name} is not a list of strings`)
  }
  return value
}

function asMalformed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    throw malformed(cause.message, cause)
  }
}

function malformed(message: string, cause?: unknown): CaClientError {
  return new CaClientError('malformed_answer', message, { cause })
}

import { isIP } from 'node:net'
import type { Certificate } from './certificate.ts'
import { formatIpAddress, parseIpAddress } from './internal/ip-address.ts'
import { PathError } from './path-error.ts'

/**
 * Checks that a certificate is for `host`, an IP address or a DNS name (RFC 9525 §6). Only its
 * subjectAltNames count: addresses must be equal, DNS names equal but for case; `*` stands for exactly
 * one label, the leftmost.
 *
 * @throws {PathError} `name_mismatch`.
 */
export function assertHost(certificate: Certificate, host: string): void {
  const address = isIP(host) === 0 ? undefined : parseIpAddress(host)
  const type = address === undefined ? 'dns' : 'ip'
  const names = certificate.subjectAltNames.filter((name) => name.type === type)
  const values = names.map(({ value }) => value)
  const wanted = address === undefined ? parseDnsName(host) : formatIpAddress(address)
  if (wanted === undefined) {
    throw new PathError('name_mismatch', `${JSON.stringify(host)} is not a valid DNS name`)
  }
  if (values.some((value) => matches(type, value, wanted))) return
  throw new PathError('name_mismatch', describeMismatch(type, values, host))
}

/**
 * A DNS name in lower case without the dot at its end, `undefined` when it is not in the preferred
 * syntax of RFC 1034 §3.5, or is digits to the last label.
 */
export function parseDnsName(text: string): string | undefined {
  const name = text.replace(/\.$/, '').toLowerCase()
  const labels = name.split('.')
  if (name.length > 253 || !labels.every((label) => dnsLabel.test(label))) return undefined
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : name
}

/** As {@link parseDnsName} for a name that may begin with a wildcard label, without a dot at its end. */
export function parseDnsPattern(text: string): string | undefined {
  const wildcard = text.startsWith('*.') ? '*.' : ''
  const rest = text.slice(wildcard.length)
  const name = rest.endsWith('.') ? undefined : parseDnsName(rest)
  return name === undefined ? undefined : wildcard + name
}

function matches(type: 'dns' | 'ip', value: string, wanted: string): boolean {
  if (type === 'ip') return value === wanted
  const pattern = parseDnsPattern(value)
  if (pattern?.startsWith('*.') !== true) return pattern === wanted
  const dot = wanted.indexOf('.')
  return dot !== -1 && wanted.slice(dot) === pattern.slice(1)
}

function describeMismatch(type: 'dns' | 'ip', values: readonly string[], host: string): string {
  if (values.length > 0) return `certificate is valid for ${values.join(', ')}, not ${host}`
  return type === 'ip'
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}

const dnsLabel = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

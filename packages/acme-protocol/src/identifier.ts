import { domainToASCII } from 'node:url'
import type { AcmeIdentifier } from '@mayfly/db-adapters'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { guessGeneralName, parseIpAddress } from '@mayfly/x509-profiles'
import { AcmeError, type AcmeSubproblem } from './errors.ts'
import { problemType } from './problem.ts'

/** How an identifier is authorized: of a wildcard, the name below which it stands (RFC 8555 §7.1.4). */
export interface AuthorizedIdentifier {
  readonly identifier: AcmeIdentifier
  readonly wildcard: boolean
}

/**
 * Reads the identifiers of an order, each in its one spelling and only once, in the order in which they were given.
 *
 * A `dns` (RFC 8555 §9.7.7) is a name in letters, digits and hyphens, in lower case; letters of other scripts become A-labels; a
 * dot at its end goes; `*` may stand for the leftmost label. An `ip` (RFC 8738 §3) is an IPv4 address, or IPv6 as RFC 5952 writes
 * it.
 *
 * @throws {AcmeError} with one subproblem for each identifier that is wrong: `unsupportedIdentifier` when a type is unknown,
 * else `malformed`.
 */
export function parseIdentifiers(
  entries: readonly JsonObject[],
  maximum: number,
): readonly AcmeIdentifier[] {
  if (entries.length === 0) throw new AcmeError('malformed', 'the order has no identifiers')
  const subproblems: AcmeSubproblem[] = []
  const identifiers = new Map<string, AcmeIdentifier>()
  for (const { type, value } of entries) {
    if (typeof type !== 'string' || typeof value !== 'string') {
      throw new AcmeError('malformed', 'an identifier has a string "type" and a string "value"')
    }
    const parse = parsers.get(type)
    const canonical = parse?.(value)
    if (canonical === undefined) subproblems.push(subproblemOf({ type, value }))
    else identifiers.set(`${type}:${canonical}`, { type, value: canonical })
  }
  if (subproblems.length > 0) throw refusalOf(subproblems)
  if (identifiers.size > maximum) {
    throw new AcmeError(
      'malformed',
      `the order has ${identifiers.size} identifiers, more than ${maximum}`,
      { hint: 'Make several orders.' },
    )
  }
  return [...identifiers.values()]
}

/** How an identifier of an order is authorized. */
export function authorizedIdentifierOf({ type, value }: AcmeIdentifier): AuthorizedIdentifier {
  const wildcard = type === 'dns' && value.startsWith('*.')
  return { identifier: { type, value: wildcard ? value.slice(2) : value }, wildcard }
}

/** Tells one identifier from another. */
export function identifierKey({ type, value }: AcmeIdentifier): string {
  return `${type}:${value}`
}

/** A DNS name in its one spelling, with or without a wildcard; `undefined` when it is none. */
export function parseDnsIdentifier(text: string): string | undefined {
  const wildcard = text.startsWith('*.') ? '*.' : ''
  const name = text.slice(wildcard.length).replace(/\.$/, '')
  // domainToASCII reads addresses as a browser does and drops what it does not know: only hosts in plain letters go past it.
  const ascii = isAscii(name) ? name.toLowerCase() : domainToASCII(name)
  const labels = ascii.split('.')
  if (ascii.length + wildcard.length > 253 || !labels.every(isLabel)) return undefined
  return /^\d+$/.test(labels.at(-1) ?? '') ? undefined : wildcard + ascii
}

/** An A-label must be one that reads back the same: domainToASCII looks into it only where another label is no ASCII. */
function isLabel(label: string): boolean {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) return false
  return !label.startsWith('xn--') || domainToASCII(`\u00fc.${label}`) === `xn--tda.${label}`
}

function parseIpIdentifier(text: string): string | undefined {
  return parseIpAddress(text) === undefined ? undefined : guessGeneralName(text).value
}

function isAscii(text: string): boolean {
  return /^[\x21-\x7e]*$/.test(text)
}

function subproblemOf(identifier: AcmeIdentifier): AcmeSubproblem {
  const { type, value } = identifier
  return parsers.has(type)
    ? {
        type: problemType('malformed'),
        detail: `${JSON.stringify(value)} is not ${type === 'ip' ? 'an IP address' : 'a DNS name'}`,
        identifier,
      }
    : {
        type: problemType('unsupportedIdentifier'),
        detail: `identifiers of type ${JSON.stringify(type)} are not supported`,
        identifier,
      }
}

function refusalOf(subproblems: readonly AcmeSubproblem[]): AcmeError {
  const unsupported = problemType('unsupportedIdentifier')
  const code = subproblems.some(({ type }) => type === unsupported)
    ? 'unsupportedIdentifier'
    : 'malformed'
  const [first] = subproblems
  return new AcmeError(code, first?.detail ?? 'an identifier is wrong', { subproblems })
}

const parsers: ReadonlyMap<string, (text: string) => string | undefined> = new Map([
  ['dns', parseDnsIdentifier],
  ['ip', parseIpIdentifier],
])

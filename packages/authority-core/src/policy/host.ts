import { domainToASCII, domainToUnicode } from 'node:url'

/**
 * Returns the one spelling of a host name: ASCII (RFC 5890 A-labels), lower case, without the dot at its end; or
 * `undefined` when it is none. Names in use go beyond RFC 1034: an underscore is let through.
 */
export function canonicalHost(text: string): string | undefined {
  // The conversion reads a URL's host: it would decode `%`, leave out what is behind `/`, and drop line breaks.
  if (inNoHost.test(text)) return undefined
  const ascii = needsConversion.test(text) ? domainToASCII(text) : text.toLowerCase()
  const host = ascii.replace(/\.$/, '')
  return hostName.test(host) && !hasFalseLabel(host) ? host : undefined
}

/** Whether a label looks like an A-label and is none, or has nothing beyond ASCII in it: a second spelling of that. */
function hasFalseLabel(host: string): boolean {
  if (!host.includes('xn--')) return false
  return emptyLabel.test(host) || /(^|\.)xn--/.test(domainToUnicode(host) || 'xn--')
}

/** Returns the IPv4 address that a host of numbers alone is to some programs: `0x7f.1` is 127.0.0.1. */
export function findAddressOfHost(host: string): string | undefined {
  if (!numbersAlone.test(host)) return undefined
  return domainToASCII(host) || undefined
}

/** What is above the first label, `''` above the last. */
export function parentOf(host: string): string {
  const dot = host.indexOf('.')
  return dot === -1 ? '' : host.slice(dot + 1)
}

const inNoHost = /[\0-,/:-@[-^`{-\x7f]/
const needsConversion = /[^\0-\x7f]|xn--/i
const hostName = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/
const emptyLabel = /(^|\.)xn--([^.]*-)?(\.|$)/
const numbersAlone = /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}$/

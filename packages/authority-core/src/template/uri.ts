/**
 * The text of a URI as Go's net/url writes it again: the scheme in lower case, octets of the path that may not stand
 * there escaped. `undefined` when it parses no such text.
 */
export function normalizeUri(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no URI may hold them.
  if (/[\u0000-\u001f\u007f]/.test(text)) return undefined
  const [beforeFragment = '', fragment] = splitOnce(text, '#')
  const scheme = /^[A-Za-z][A-Za-z0-9+.-]*(?=:)/.exec(beforeFragment)?.[0]
  const rest = scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1)
  if (scheme === undefined && /^[^/?]*:/.test(rest)) return undefined
  const [hierarchy = '', query] = splitOnce(rest, '?')
  const normalized = normalizeHierarchy(hierarchy, scheme !== undefined)
  const end = fragment === undefined ? undefined : escapePart(fragment, fragmentCharacter)
  if (normalized === undefined || (fragment !== undefined && end === undefined)) return undefined
  return [
    scheme === undefined ? '' : `${scheme.toLowerCase()}:`,
    normalized,
    query === undefined ? '' : `?${query}`,
    end === undefined || end === '' ? '' : `#${end}`,
  ].join('')
}

/** Whether Go's net/url finds a scheme in the text. */
export function isUriWithScheme(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && normalizeUri(text) !== undefined
}

function normalizeHierarchy(hierarchy: string, hasScheme: boolean): string | undefined {
  // Without a slash behind the scheme, what follows is opaque.
  if (hasScheme && !hierarchy.startsWith('/')) return hierarchy
  if (!hierarchy.startsWith('//') || (!hasScheme && hierarchy.startsWith('///'))) {
    return escapePart(hierarchy, pathCharacter)
  }
  const slash = hierarchy.indexOf('/', 2)
  const authority = slash === -1 ? hierarchy.slice(2) : hierarchy.slice(2, slash)
  const path = slash === -1 ? '' : escapePart(hierarchy.slice(slash), pathCharacter)
  if (path === undefined || !isAuthority(authority)) return undefined
  return `//${escapeText(authority)}${path}`
}

/** Userinfo, then a host or an address in brackets, then a numeric port (RFC 3986 §3.2). */
function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@')
  const userInfo = authority.slice(0, Math.max(at, 0))
  const host = authority.slice(at + 1)
  if (!/^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*$/.test(userInfo)) return false
  return /^(?:\[[^[\]\s]*\]|[^\s:[\]<>"%`{}|\\^]*)(?::\d*)?$/.test(host)
}

/** Keeps a part that is escaped soundly; escapes all that has to be in one that is not. */
function escapePart(part: string, allowed: RegExp): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(part)) return undefined
  if (allowed.test(part)) return part
  const octets = decodePercents(part)
  return Array.from(octets, (octet) => {
    const character = String.fromCharCode(octet)
    return octet < 0x80 && character !== '%' && character !== '?' && allowed.test(character)
      ? character
      : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

function decodePercents(part: string): Uint8Array {
  const octets: number[] = []
  for (const [text, digits] of part.matchAll(/%([0-9A-Fa-f]{2})|[^%]+/g)) {
    if (digits !== undefined) octets.push(Number.parseInt(digits, 16))
    else for (const octet of new TextEncoder().encode(text)) octets.push(octet)
  }
  return Uint8Array.from(octets)
}

function escapeText(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (character) =>
    Array.from(
      new TextEncoder().encode(character),
      (octet) => `%${octet.toString(16).toUpperCase()}`,
    ).join(''),
  )
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

const pathCharacter = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/[\]]|%[0-9A-Fa-f]{2})*$/
const fragmentCharacter = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?[\]]|%[0-9A-Fa-f]{2})*$/

import { Refusal } from '../errors.ts'
import { define, dictionary, type FunctionDefinition, string } from '../function.ts'
import { quote } from '../quoted.ts'
import { octetsOf, textOf } from '../text.ts'
import { Dictionary, kindName } from '../values.ts'

/** Sprig's functions on URLs. */
export const urls: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['urlJoin', define([dictionary], ([parts]) => joinUrl(parts))],
  ['urlParse', define([string], ([text]) => parseUrl(text))],
])

function parseUrl(text: string): Dictionary {
  const refuse = (problem: string): never => {
    throw new Refusal(`unable to parse url: parse ${quote(text)}: ${problem}`)
  }
  if (/\p{Cc}/u.test(text.replace(/[^\0-\x7f]/g, '')))
    return refuse('net/url: invalid control character in URL')
  const [withoutFragment = '', fragment = ''] = cut(text, '#')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(withoutFragment)?.[1] ?? ''
  if (scheme === '' && withoutFragment.startsWith(':')) return refuse('missing protocol scheme')
  const afterScheme = scheme === '' ? withoutFragment : withoutFragment.slice(scheme.length + 1)
  const [hierarchy = '', query = ''] = cut(afterScheme, '?')
  const parts = new Map<string, string>([
    ['scheme', scheme.toLowerCase()],
    ['host', ''],
    ['hostname', ''],
    ['path', ''],
    ['query', query],
    ['opaque', ''],
    ['fragment', decodePercent(fragment, refuse)],
    ['userinfo', ''],
  ])
  if (!hierarchy.startsWith('/') && scheme !== '') {
    parts.set('opaque', hierarchy)
    return new Dictionary(new Map(parts))
  }
  let path = hierarchy
  if (hierarchy.startsWith('//') && (scheme !== '' || !hierarchy.startsWith('///'))) {
    const end = hierarchy.indexOf('/', 2)
    readAuthority(hierarchy.slice(2, end === -1 ? undefined : end), parts, refuse)
    path = end === -1 ? '' : hierarchy.slice(end)
  } else if (scheme === '' && /^[^/]*:/.test(hierarchy)) {
    return refuse('first path segment in URL cannot contain colon')
  }
  parts.set('path', decodePercent(path, refuse))
  return new Dictionary(new Map(parts))
}

function readAuthority(
  authority: string,
  parts: Map<string, string>,
  refuse: (problem: string) => never,
): void {
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  if (at !== -1) parts.set('userinfo', normalUserinfo(authority.slice(0, at), refuse))
  if (host.startsWith('[') && !host.includes(']')) refuse("missing ']' in host")
  const portMark = host.startsWith('[') ? host.lastIndexOf(']') + 1 : host.indexOf(':')
  const port = portMark === -1 ? '' : host.slice(portMark)
  if (!/^(?::\d*)?$/.test(port)) refuse(`invalid port ${quote(port)} after host`)
  const bad = /[\s"<>\\^`{|}]/.exec(host)?.[0]
  if (bad !== undefined) refuse(`invalid character ${quote(bad)} in host name`)
  // What ASCII may stand in a host needs no escape.
  const escaped = /%(?!25)[0-7][0-9a-fA-F]/.exec(host)?.[0]
  if (escaped !== undefined) refuse(`invalid URL escape ${quote(escaped)}`)
  const whole = decodePercent(host, refuse)
  parts.set('host', whole)
  parts.set('hostname', whole.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'))
}

function normalUserinfo(userinfo: string, refuse: (problem: string) => never): string {
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(userinfo)) refuse('net/url: invalid userinfo')
  const [name = '', password] = cut(userinfo, ':')
  const shown = encodePercent(decodePercent(name, refuse), /[A-Za-z0-9\-_.~$&+,;=]/)
  if (password === undefined) return shown
  return `${shown}:${encodePercent(decodePercent(password, refuse), /[A-Za-z0-9\-_.~$&+,;=]/)}`
}

function joinUrl(dictionaryOfParts: Dictionary): string {
  const part = (name: string): string => {
    const value = dictionaryOfParts.entries.get(name)
    if (typeof value === 'string') return value
    if (!dictionaryOfParts.entries.has(name)) return ''
    throw new Refusal(
      `unable to parse ${name} key, must be of type string, but ${kindName(value)} found`,
    )
  }
  const [scheme, host, path, query, opaque, fragment] = [
    'scheme',
    'host',
    'path',
    'query',
    'opaque',
    'fragment',
  ].map(part)
  const userinfo = part('userinfo')
  const user =
    userinfo === ''
      ? ''
      : `${normalUserinfo(userinfo, (problem) => {
          throw new Refusal(`unable to parse userinfo in dict: ${problem}`)
        })}@`
  let text = scheme === '' ? '' : `${scheme}:`
  if (opaque !== '' && opaque !== undefined) text += opaque
  else {
    if (host !== '' || user !== '')
      text += `//${user}${encodePercent(host ?? '', /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/)}`
    else if (scheme !== '' && path?.startsWith('/') === true) text += '//'
    const escaped = encodePercent(path ?? '', /[A-Za-z0-9\-_.~$&+,/:;=@]/)
    if (escaped !== '' && !escaped.startsWith('/') && host !== '') text += '/'
    else if (text === '' && /^[^/]*:/.test(escaped)) text += './'
    text += escaped
  }
  if (query !== '') text += `?${query}`
  return fragment === ''
    ? text
    : `${text}#${encodePercent(fragment ?? '', /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}`
}

function cut(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + mark.length)]
}

function decodePercent(text: string, refuse: (problem: string) => never): string {
  if (!text.includes('%')) return text
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)?.[0]
  if (bad !== undefined) return refuse(`invalid URL escape ${quote(bad)}`)
  const octets = text
    .split(/(%[0-9a-fA-F]{2})/)
    .map((piece, index) => (index % 2 === 1 ? Buffer.from(piece.slice(1), 'hex') : octetsOf(piece)))
  return textOf(Buffer.concat(octets))
}

function encodePercent(text: string, plain: RegExp): string {
  let result = ''
  for (const octet of octetsOf(text)) {
    const character = String.fromCharCode(octet)
    result +=
      octet < 0x80 && plain.test(character)
        ? character
        : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return result
}

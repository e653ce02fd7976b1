import { KeystoreError } from '../errors.ts'

/** One block of RFC 7468, or of its older form with headers (RFC 1421 §4.6). */
export interface PemBlock {
  readonly label: string
  /** The `Name: value` lines before the base64, such as `Proc-Type`. */
  readonly headers: ReadonlyMap<string, string>
  readonly octets: Buffer
}

/**
 * Reads a text that holds exactly one PEM block; other text may stand around it. `name` is the file
 * that messages speak of.
 *
 * @throws {KeystoreError} `key_malformed` for none, for more than one, and for broken base64.
 */
export function parseOnePemBlock(text: string, name: string): PemBlock {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.trimEnd())
  const begin = lines.findIndex((line) => beginLine.test(line))
  const label = beginLine.exec(lines[begin] ?? '')?.[1]
  const end = label === undefined ? -1 : lines.indexOf(`-----END ${label}-----`, begin)
  if (label === undefined || end < 0) throw undecodable(name, 'not a valid PEM encoded block')
  if (lines.slice(begin + 1).some((line) => beginLine.test(line))) {
    throw undecodable(name, 'contains more than one PEM encoded block')
  }
  const { headers, body } = splitHeaders(lines.slice(begin + 1, end))
  const octets = Buffer.from(body, 'base64')
  if (body === '' || octets.toString('base64') !== body) {
    throw undecodable(name, 'not a valid PEM encoded block')
  }
  return { label, headers, octets }
}

/** Writes one block, of 64 columns as RFC 7468 §2 wants it, unless OpenSSH writes it. */
export function encodePemBlock(label: string, octets: Uint8Array, columns: 64 | 70 = 64): string {
  const lines =
    Buffer.from(octets)
      .toString('base64')
      .match(columns === 64 ? /.{1,64}/g : /.{1,70}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** Says that a file is no PEM text of a private key. */
export function undecodable(name: string, reason: string, cause?: unknown): KeystoreError {
  return new KeystoreError('key_malformed', `error decoding ${name}: ${reason}`, { cause })
}

function splitHeaders(lines: readonly string[]): {
  headers: ReadonlyMap<string, string>
  body: string
} {
  const headerLines = lines.filter((line) => line.includes(':'))
  const headers = headerLines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
  const body = lines.filter((line) => !line.includes(':')).join('')
  return { headers: new Map(headers), body }
}

const beginLine = /^-----BEGIN ([^-]+(?:-[^-]+)*)-----$/

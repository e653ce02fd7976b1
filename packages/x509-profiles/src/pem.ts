import { ProfileError } from './errors.ts'

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** What stands after `BEGIN`, such as `CERTIFICATE`. */
  readonly label: string
  readonly octets: Uint8Array
}

/**
 * Reads all blocks of a text, in order; what stands between them is skipped, as are a byte order mark
 * and the headers of a legacy encrypted key (RFC 1421 §4.6).
 *
 * @throws {ProfileError} `pem_malformed` when a block does not end, or is not base64.
 */
export function parsePem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const { kind, label } = readBoundary(line)
    if (open === undefined) {
      if (kind === 'BEGIN') open = { label, lines: [] }
    } else if (kind === 'BEGIN') {
      throw malformed(`block ${open.label} does not end before the next one begins`)
    } else if (kind === 'END') {
      if (label !== open.label) throw malformed(`block ${open.label} ends as ${label}`)
      blocks.push({ label, octets: decodeBase64(open) })
      open = undefined
    } else {
      open.lines.push(line)
    }
  }
  if (open !== undefined) throw malformed(`block ${open.label} does not end`)
  return blocks
}

/** Writes one block: base64 in lines of 64 columns, ending in a newline (RFC 7468 §2). */
export function encodePem(label: string, octets: Uint8Array): string {
  const base64 = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function readBoundary(line: string): { kind: string | undefined; label: string } {
  if (!line.startsWith('-----')) return { kind: undefined, label: '' }
  const match = /^-----(BEGIN|END) ([!-,.-~](?:[ -]?[!-,.-~])*)-----[ \t]*$/.exec(line)
  return { kind: match?.[1], label: match?.[2] ?? '' }
}

function decodeBase64({ label, lines }: { label: string; lines: readonly string[] }): Uint8Array {
  const headersEnd = lines[0]?.includes(':') ? lines.indexOf('') + 1 : 0
  const base64 = lines.slice(headersEnd).join('').replace(/[ \t]/g, '')
  const buffer = Buffer.from(base64, 'base64')
  // Node skips what it does not know; only text that comes out the same is base64 (RFC 4648 §3.5).
  if (buffer.length === 0 || buffer.toString('base64') !== base64) {
    throw malformed(`block ${label} is not base64`)
  }
  return new Uint8Array(buffer)
}

function malformed(reason: string): ProfileError {
  return new ProfileError('pem_malformed', `not a PEM text: ${reason}`)
}

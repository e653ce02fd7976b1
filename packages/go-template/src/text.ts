/**
 * Text as the template language has it: octets, mostly UTF-8.
 *
 * An octet that is not part of valid UTF-8 is kept as a lone surrogate U+DC80…U+DCFF, so that decoding and encoding are
 * lossless while everything else handles JavaScript strings.
 */

const escapedOctet = /[\udc80-\udcff]/
const nonAscii = /[^\0-\x7f]/

/** The octets of `text`. */
export function octetsOf(text: string): Buffer {
  if (!escapedOctet.test(text) || text.isWellFormed()) return Buffer.from(text, 'utf8')
  const pieces: Buffer[] = []
  let plain = ''
  for (const rune of text) {
    const code = rune.codePointAt(0) ?? 0
    if (code >= 0xdc80 && code <= 0xdcff) {
      pieces.push(Buffer.from(plain, 'utf8'), Buffer.from([code - 0xdc00]))
      plain = ''
    } else plain += rune
  }
  pieces.push(Buffer.from(plain, 'utf8'))
  return Buffer.concat(pieces)
}

/** The text of `octets`; what is no UTF-8 stays as it is and comes back from {@link octetsOf}. */
export function textOf(octets: Uint8Array): string {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const text = buffer.toString('utf8')
  if (!text.includes('\ufffd')) return text
  let result = ''
  for (let at = 0; at < buffer.length; ) {
    const size = sequenceLength(buffer, at)
    if (size === 0) {
      result += String.fromCharCode(0xdc00 + (buffer[at] ?? 0))
      at += 1
    } else {
      result += buffer.toString('utf8', at, at + size)
      at += size
    }
  }
  return result
}

/** Number of octets of `text`, Go's len. */
export function octetLength(text: string): number {
  if (!nonAscii.test(text)) return text.length
  return escapedOctet.test(text) ? octetsOf(text).length : Buffer.byteLength(text, 'utf8')
}

/** Octets `start` to `end` of `text`, which may cut a character in two. */
export function sliceOctets(text: string, start: number, end: number): string {
  if (!nonAscii.test(text)) return text.slice(start, end)
  return textOf(octetsOf(text).subarray(start, end))
}

/** `text` as a reader outside gets it: what is no UTF-8 becomes U+FFFD. */
export function plainText(text: string): string {
  return text.isWellFormed() ? text : octetsOf(text).toString('utf8')
}

/** Whether a character stands for a single octet that is no UTF-8. */
export function isEscapedOctet(rune: string): boolean {
  return rune.length === 1 && rune >= '\udc80' && rune <= '\udcff'
}

/** Order by octets, which is the order by code points. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  if (!nonAscii.test(left) && !nonAscii.test(right)) return left < right ? -1 : 1
  return Buffer.compare(octetsOf(left), octetsOf(right))
}

/** Character by character: never more than one for one, as in Go. */
export function upperCase(text: string): string {
  return nonAscii.test(text) ? mapRunes(text, upperRune) : text.toUpperCase()
}

export function lowerCase(text: string): string {
  return nonAscii.test(text) ? mapRunes(text, lowerRune) : text.toLowerCase()
}

export function upperRune(rune: string): string {
  return oneRune(rune.toUpperCase(), rune)
}

export function lowerRune(rune: string): string {
  return rune === '\u0130' ? 'i' : oneRune(rune.toLowerCase(), rune)
}

/** Title case, which differs from upper case for the digraphs of U+01C4 to U+01F3. */
export function titleRune(rune: string): string {
  return titleDigraphs.get(rune) ?? upperRune(rune)
}

export function isUpper(rune: string): boolean {
  return /^\p{Lu}$/u.test(rune)
}

export function isLower(rune: string): boolean {
  return /^\p{Ll}$/u.test(rune)
}

export function isSpace(rune: string): boolean {
  return /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/.test(rune)
}

function mapRunes(text: string, change: (rune: string) => string): string {
  let result = ''
  for (const rune of text) result += change(rune)
  return result
}

function oneRune(changed: string, rune: string): string {
  const code = changed.codePointAt(0) ?? 0
  return changed.length === (code > 0xffff ? 2 : 1) ? changed : rune
}

/** Length of the UTF-8 sequence at `at`, 0 when it is none. */
function sequenceLength(octets: Uint8Array, at: number): number {
  const first = octets[at] ?? 0
  if (first < 0x80) return 1
  const size =
    first >= 0xc2 && first <= 0xdf
      ? 2
      : first >> 4 === 0xe
        ? 3
        : first >= 0xf0 && first <= 0xf4
          ? 4
          : 0
  if (size === 0 || at + size > octets.length) return 0
  const second = octets[at + 1] ?? 0
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let index = 2; index < size; index += 1) {
    if (((octets[at + index] ?? 0) & 0xc0) !== 0x80) return 0
  }
  return size
}

const titleDigraphs: ReadonlyMap<string, string> = new Map(
  ['\u01c4\u01c5\u01c6', '\u01c7\u01c8\u01c9', '\u01ca\u01cb\u01cc', '\u01f1\u01f2\u01f3'].flatMap(
    (three) => [...three].map((rune): [string, string] => [rune, three.charAt(1)]),
  ),
)

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { Refusal } from '../errors.ts'
import { define, type FunctionDefinition, string } from '../function.ts'
import { octetsOf, textOf } from '../text.ts'

/** Sprig's base64, base32, hash sums and AES. */
export const encodings: ReadonlyMap<string, FunctionDefinition> = new Map<
  string,
  FunctionDefinition
>([
  ['adler32sum', define([string], ([text]) => adler32(octetsOf(text)))],
  ['b32dec', define([string], ([text]) => decodeBase32(text))],
  ['b32enc', define([string], ([text]) => encodeBase32(octetsOf(text)))],
  ['b64dec', define([string], ([text]) => decodeBase64(text))],
  ['b64enc', define([string], ([text]) => octetsOf(text).toString('base64'))],
  ['decryptAES', define([string, string], ([password, text]) => decryptAes(password, text))],
  [
    'encryptAES',
    define([string, string], ([password, text], { random }) =>
      encryptAes(password, text, random(16)),
    ),
  ],
  ['sha1sum', define([string], ([text]) => digest('sha1', text))],
  ['sha256sum', define([string], ([text]) => digest('sha256', text))],
  ['sha512sum', define([string], ([text]) => digest('sha512', text))],
])

function digest(algorithm: 'sha1' | 'sha256' | 'sha512', text: string): string {
  return createHash(algorithm).update(octetsOf(text)).digest('hex')
}

function adler32(octets: Uint8Array): string {
  let [low, high] = [1, 0]
  for (const octet of octets) {
    low = (low + octet) % 65_521
    high = (high + low) % 65_521
  }
  return String(high * 65_536 + low)
}

/** The text, or what is wrong with it: Sprig gives the error as the result. */
function decodeBase64(text: string): string {
  const octets = strictBase64(text)
  return typeof octets === 'number' ? `illegal base64 data at input byte ${octets}` : textOf(octets)
}

/** Standard base64 with padding; line ends may stand anywhere. A number is where it breaks off. */
function strictBase64(text: string): Buffer | number {
  const plain = text.replace(/[\r\n]/g, '')
  const good =
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(plain)?.[0] ?? ''
  if (good.length === plain.length) return Buffer.from(plain, 'base64')
  const rest = plain.slice(good.length)
  const bad = rest.search(/[^A-Za-z0-9+/]/)
  if (bad === -1) return good.length
  return bad % 4 >= 2 && rest.indexOf('=') === rest.length - 1 && bad === rest.length - 1
    ? plain.length
    : good.length + bad
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function encodeBase32(octets: Uint8Array): string {
  const letters: string[] = []
  let bits = 0
  let value = 0
  for (const octet of octets) {
    value = (value << 8) | octet
    bits += 8
    while (bits >= 5) {
      bits -= 5
      letters.push(base32Alphabet.charAt((value >> bits) & 31))
      value &= (1 << bits) - 1
    }
  }
  if (bits > 0) letters.push(base32Alphabet.charAt((value << (5 - bits)) & 31))
  while (letters.length % 8 !== 0) letters.push('=')
  return letters.join('')
}

function decodeBase32(text: string): string {
  const plain = text.replace(/[\r\n]/g, '')
  const good =
    /^(?:[A-Z2-7]{8})*(?:[A-Z2-7]{2}={6}|[A-Z2-7]{4}={4}|[A-Z2-7]{5}={3}|[A-Z2-7]{7}=)?/.exec(
      plain,
    )?.[0] ?? ''
  if (good.length !== plain.length) {
    const bad = plain.slice(good.length).search(/[^A-Z2-7]/)
    return `illegal base32 data at input byte ${bad === -1 ? plain.length : good.length + bad}`
  }
  const octets: number[] = []
  let bits = 0
  let value = 0
  for (const letter of plain.replace(/=+$/, '')) {
    value = (value << 5) | base32Alphabet.indexOf(letter)
    bits += 5
    if (bits < 8) continue
    bits -= 8
    octets.push((value >> bits) & 255)
    value &= (1 << bits) - 1
  }
  return textOf(Uint8Array.from(octets))
}

/** The password itself, cut or filled to 32 octets: no more than Sprig does, and not fit for secrets. */
function aesKey(password: string): Buffer {
  const key = Buffer.alloc(32)
  octetsOf(password).copy(key)
  return key
}

function encryptAes(password: string, text: string, iv: Uint8Array): string {
  if (text === '') return ''
  const cipher = createCipheriv('aes-256-cbc', aesKey(password), iv)
  return Buffer.concat([iv, cipher.update(octetsOf(text)), cipher.final()]).toString('base64')
}

function decryptAes(password: string, text: string): string {
  if (text === '') return ''
  const octets = strictBase64(text)
  if (typeof octets === 'number') throw new Refusal(`illegal base64 data at input byte ${octets}`)
  if (octets.length < 32 || octets.length % 16 !== 0)
    throw new Refusal('crypto/cipher: input not full blocks')
  const decipher = createDecipheriv('aes-256-cbc', aesKey(password), octets.subarray(0, 16))
  try {
    return textOf(Buffer.concat([decipher.update(octets.subarray(16)), decipher.final()]))
  } catch {
    throw new Refusal('wrong password or damaged text')
  }
}

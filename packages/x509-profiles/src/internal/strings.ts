import { DerError, tags } from './der.ts'

/**
 * Decodes the contents of a string type; `undefined` when the identifier octet is of no string type.
 *
 * @throws {DerError} when the octets are not what the type allows.
 */
export function decodeString(tag: number, contents: Uint8Array): string | undefined {
  switch (tag) {
    case tags.printableString:
    case tags.ia5String:
    case tags.numericString:
      return decodeAscii(contents)
    case tags.utf8String:
      return decodeUnicode('utf-8', contents)
    case tags.teletexString:
      return view(contents).toString('latin1')
    case tags.bmpString:
      if (contents.length % 2 !== 0) throw new DerError('a BMPString is cut short')
      return decodeUnicode('utf-16be', contents)
    case tags.universalString:
      return decodeUtf32(contents)
    default:
      return undefined
  }
}

function decodeAscii(contents: Uint8Array): string {
  if (contents.some((octet) => octet >= 0x80)) throw new DerError('a string holds non-ASCII octets')
  return view(contents).toString('latin1')
}

function decodeUnicode(encoding: 'utf-8' | 'utf-16be', contents: Uint8Array): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(contents)
  } catch (cause) {
    throw new DerError(`a string is not ${encoding}`, { cause })
  }
}

function decodeUtf32(contents: Uint8Array): string {
  if (contents.length % 4 !== 0) throw new DerError('a UniversalString is cut short')
  let text = ''
  for (let index = 0; index < contents.length; index += 4) {
    const codePoint = view(contents).readUInt32BE(index)
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) {
      throw new DerError('a UniversalString holds no character')
    }
    text += String.fromCodePoint(codePoint)
  }
  return text
}

function view(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length)
}

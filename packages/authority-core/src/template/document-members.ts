import { type JsonMember, type JsonNode, malformedResult } from './json-document.ts'

/**
 * The members of an object in the reading of Go's encoding/json: names match without case, of several the last one
 * counts, `null` is as good as absent, unknown members are left alone.
 */
export class DocumentMembers {
  readonly #path: string
  readonly #members: readonly JsonMember[]

  /** Throws `template_result_malformed` when the node is neither an object nor null. */
  constructor(node: JsonNode, path: string) {
    if (node.type !== 'object' && node.type !== 'null') throw mistyped(node, path, 'an object')
    this.#path = path
    this.#members = node.type === 'object' ? node.members : []
  }

  /** The last member of the name, `undefined` when it is null or there is none. */
  find(name: string): JsonNode | undefined {
    const value = this.#all(name).at(-1)
    return value?.type === 'null' ? undefined : value
  }

  /** All objects of the name, each to be laid over the ones before; those before a null do not count. */
  findAll(name: string): readonly JsonNode[] {
    const values = this.#all(name)
    return values.slice(values.findLastIndex(({ type }) => type === 'null') + 1)
  }

  read<Result>(name: string, parse: (node: JsonNode, path: string) => Result): Result | undefined {
    // Each of several has to be well-formed, though only the last one counts.
    const results = this.#all(name).map((node) =>
      node.type === 'null' ? undefined : parse(node, this.pathOf(name)),
    )
    return results.at(-1)
  }

  pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #all(name: string): readonly JsonNode[] {
    const wanted = name.toLowerCase()
    return this.#members
      .filter((member) => member.name.toLowerCase() === wanted)
      .map(({ value }) => value)
  }
}

export function readText(node: JsonNode, path: string): string {
  if (node.type !== 'string') throw mistyped(node, path, 'a string')
  return node.value
}

/** One string or an array of them; a null among them is an empty one. */
export function readTexts(node: JsonNode, path: string): readonly string[] {
  if (node.type === 'string') return [node.value]
  if (node.type !== 'array') throw mistyped(node, path, 'a string or an array of strings')
  return node.items.map((item) => (item.type === 'null' ? '' : readText(item, path)))
}

export function readItems(node: JsonNode, path: string): readonly JsonNode[] {
  if (node.type !== 'array') throw mistyped(node, path, 'an array')
  return node.items
}

export function readBoolean(node: JsonNode, path: string): boolean {
  if (node.type !== 'boolean') throw mistyped(node, path, 'true or false')
  return node.value
}

/** A whole number of 64 bits, written without fraction and exponent. */
export function readInteger(node: JsonNode, path: string): bigint {
  if (node.type !== 'number' || !/^-?\d+$/.test(node.digits)) {
    throw mistyped(node, path, 'a whole number')
  }
  const value = BigInt(node.digits)
  if (BigInt.asIntN(64, value) !== value) throw malformedResult(`${path}: ${value} is too large`)
  return value
}

/** Octets in base64 (RFC 4648 §4), line breaks left aside. */
export function readOctets(node: JsonNode, path: string): Uint8Array {
  const text = readText(node, path)
  const octets = decodeBase64(text)
  if (octets === undefined) throw malformedResult(`${path}: not base64: ${shorten(text)}`)
  return octets
}

/** An object identifier in dotted decimals; an empty one is `''`. */
export function readObjectIdentifier(node: JsonNode, path: string): string {
  return parseObjectIdentifier(readText(node, path), path)
}

function parseObjectIdentifier(text: string, path: string): string {
  if (text !== '' && !/^\d+(?:\.\d+)+$/.test(text)) {
    throw malformedResult(`${path}: ${shorten(text)} is not an object identifier`)
  }
  return text
}

/** Strict base64 but for line breaks; `undefined` when the text is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(digits)) {
    return undefined
  }
  return new Uint8Array(Buffer.from(digits, 'base64'))
}

/** Cuts a text of a template's result before it goes to the log. */
export function shorten(text: string): string {
  return JSON.stringify(text.length <= maximumShown ? text : `${text.slice(0, maximumShown)}…`)
}

function mistyped(node: JsonNode, path: string, wanted: string) {
  const place = path === '' ? 'the result' : path
  return malformedResult(`${place} has to be ${wanted}, not of type ${node.type}`)
}

const maximumShown = 100

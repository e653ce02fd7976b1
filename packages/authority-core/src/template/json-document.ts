import { AuthorityError } from '../errors.ts'

/**
 * JSON as Go's encoding/json meets it: numbers keep their digits, and an object all its members, in order, even
 * when one comes twice.
 */
export type JsonNode =
  | { readonly type: 'null' }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'number'; readonly digits: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly items: readonly JsonNode[] }
  | { readonly type: 'object'; readonly members: readonly JsonMember[] }

export interface JsonMember {
  readonly name: string
  readonly value: JsonNode
}

/**
 * Reads the first JSON value of a text; what follows it is left alone, as step's decoder does.
 *
 * @throws {AuthorityError} `template_result_malformed` when there is none, or it nests more than 100 deep.
 */
export function parseJsonDocument(text: string): JsonNode {
  return new JsonReader(text).readDocument()
}

/** The refusal of a template's result, or of JSON inside it, that is not what it has to be. */
export function malformedResult(detail: string, cause?: unknown): AuthorityError {
  return new AuthorityError('template_result_malformed', 'error applying certificate template', {
    detail,
    cause,
  })
}

const maximumDepth = 100

class JsonReader {
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  readDocument(): JsonNode {
    this.#skipBlanks()
    if (this.#position === this.#text.length) throw malformedResult('the result is empty')
    return this.#readValue(maximumDepth)
  }

  #readValue(depth: number): JsonNode {
    if (depth === 0) throw malformedResult(`the result nests more than ${maximumDepth} deep`)
    this.#skipBlanks()
    switch (this.#text[this.#position]) {
      case '{':
        return { type: 'object', members: this.#readMembers(depth) }
      case '[':
        return { type: 'array', items: this.#readItems(depth) }
      case '"':
        return { type: 'string', value: this.#readString() }
      default:
        return this.#readScalar()
    }
  }

  #readMembers(depth: number): JsonMember[] {
    return this.#readList('}', () => {
      if (this.#text[this.#position] !== '"') throw this.#unexpected('a member’s name')
      const name = this.#readString()
      this.#skipBlanks()
      this.#take(':', 'a colon')
      return { name, value: this.#readValue(depth - 1) }
    })
  }

  #readItems(depth: number): JsonNode[] {
    return this.#readList(']', () => this.#readValue(depth - 1))
  }

  #readList<Item>(end: ']' | '}', readItem: () => Item): Item[] {
    this.#position += 1
    this.#skipBlanks()
    const items: Item[] = []
    if (this.#text[this.#position] === end) {
      this.#position += 1
      return items
    }
    for (;;) {
      this.#skipBlanks()
      items.push(readItem())
      this.#skipBlanks()
      if (this.#text[this.#position] === end) break
      this.#take(',', `a comma or ${end}`)
    }
    this.#position += 1
    return items
  }

  #readString(): string {
    const literal = this.#match(stringLiteral)
    if (literal === undefined) throw this.#unexpected('a string')
    return String(JSON.parse(literal)).toWellFormed()
  }

  #readScalar(): JsonNode {
    const word = this.#match(wordLiteral)
    if (word === 'null') return { type: 'null' }
    if (word !== undefined) return { type: 'boolean', value: word === 'true' }
    const digits = this.#match(numberLiteral)
    if (digits === undefined) throw this.#unexpected('a value')
    return { type: 'number', digits }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#position += found.length
    return found
  }

  #skipBlanks(): void {
    this.#match(blanks)
  }

  #take(character: string, what: string): void {
    if (this.#text[this.#position] !== character) throw this.#unexpected(what)
    this.#position += 1
  }

  #unexpected(wanted: string): AuthorityError {
    const character = this.#text[this.#position]
    const found = character === undefined ? 'the end' : JSON.stringify(character)
    const place = `at character ${this.#position + 1}`
    return malformedResult(`the result is not JSON: ${wanted} is expected ${place}, not ${found}`)
  }
}

const blanks = /[ \t\r\n]*/y
const wordLiteral = /null|true|false/y
const numberLiteral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in a string.
const stringLiteral = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y

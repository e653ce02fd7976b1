/** What may come next. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma' | 'end'

interface Mistake {
  readonly offset: number
  readonly reason: string
}

const whiteSpace = /[ \t\n\r]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
/** Up to the closing quote. Left out of the plain characters: those below a space, the quote, the backslash. */
const openText = /"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*/y

/**
 * Returns where a text stops being JSON (RFC 8259), and why: `line 8, column 2: …`, both counted from 1; `undefined`
 * when it is JSON. Unlike the message of `JSON.parse` it always tells the place, and quotes nothing of the text,
 * which may hold a password.
 */
export function findJsonMistake(text: string): string | undefined {
  const mistake = scan(text)
  if (mistake === undefined) return undefined
  const lines = text.slice(0, mistake.offset).split(/\r\n|\n|\r/)
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${mistake.reason}`
}

function scan(text: string): Mistake | undefined {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let offset = 0
  for (;;) {
    offset = endOf(whiteSpace, text, offset)
    const character = text[offset]
    if (expected === 'end' && character === undefined) return undefined
    const step = take(text, offset, { expected, innermost: open.at(-1) })
    if (typeof step === 'object') return step
    if (character === '{' || character === '[') open.push(character)
    if (character === '}' || character === ']') open.pop()
    expected = nextExpected(character, { expected, innermost: open.at(-1) })
    offset = step
  }
}

/** Returns the end of the token at `offset`, or the mistake that stands there instead. */
function take(
  text: string,
  offset: number,
  { expected, innermost }: { expected: Expected; innermost: '{' | '[' | undefined },
): number | Mistake {
  const character = text[offset]
  const wrong = (reason: string): Mistake => ({ offset, reason })
  const closing = innermost === '{' ? '}' : ']'
  if (character === undefined) return wrong(`the text ends, ${missingAtEnd(expected, closing)}`)
  if (character === '/') return wrong('JSON has no comments')
  switch (expected) {
    case 'end':
      return wrong('nothing may follow here')
    case 'colon':
      return character === ':' ? offset + 1 : wrong('":" is missing after the name')
    case 'comma':
      return character === ',' || character === closing
        ? offset + 1
        : wrong(`"," or "${closing}" is missing`)
    case 'name or }':
    case 'name':
      if (character === '"') return takeText(text, offset)
      if (character !== '}') return wrong('a name in double quotes is missing')
      return expected === 'name' ? wrong('"," may not stand before "}"') : offset + 1
    case 'value or ]':
    case 'value': {
      if (character === '"') return takeText(text, offset)
      if (character === '{' || character === '[') return offset + 1
      if (character === ']' && innermost === '[') {
        return expected === 'value' ? wrong('"," may not stand before "]"') : offset + 1
      }
      const end = endOf(scalar, text, offset)
      return end === offset ? wrong('a value is missing: text stands in double quotes') : end
    }
  }
}

function takeText(text: string, offset: number): number | Mistake {
  const end = endOf(openText, text, offset)
  switch (text[end]) {
    case '"':
      return end + 1
    case '\\':
      return { offset: end, reason: 'a backslash must be written as two' }
    case undefined:
      return { offset: end, reason: 'the text ends, a closing quote is missing' }
    default:
      return { offset: end, reason: 'a closing quote is missing on this line' }
  }
}

/** What may come after a token that began with `character`, in what is innermost now. */
function nextExpected(
  character: string | undefined,
  { expected, innermost }: { expected: Expected; innermost: '{' | '[' | undefined },
): Expected {
  if (character === '{') return 'name or }'
  if (character === '[') return 'value or ]'
  if (character === ':') return 'value'
  if (character === ',') return innermost === '{' ? 'name' : 'value'
  if (expected === 'name' || (expected === 'name or }' && character === '"')) return 'colon'
  return innermost === undefined ? 'end' : 'comma'
}

function missingAtEnd(expected: Expected, closing: string): string {
  switch (expected) {
    case 'colon':
      return '":" is missing'
    case 'value':
      return 'a value is missing'
    default:
      return `"${closing}" is missing`
  }
}

function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset
  return pattern.test(text) ? pattern.lastIndex : offset
}

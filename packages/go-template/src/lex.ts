export type TokenType =
  | 'error'
  | 'eof'
  | 'text'
  | 'leftDelimiter'
  | 'rightDelimiter'
  | 'leftParenthesis'
  | 'rightParenthesis'
  | 'space'
  | 'pipe'
  | 'assign'
  | 'declare'
  | 'character'
  | 'boolean'
  | 'number'
  | 'characterConstant'
  | 'string'
  | 'identifier'
  | 'field'
  | 'variable'
  | 'dot'
  | 'nil'
  | 'keyword'

export interface Token {
  readonly type: TokenType
  /** The token as written; for an error, what is wrong. */
  readonly text: string
  /** UTF-16 offset in the template. */
  readonly position: number
}

/** Cuts a template into tokens; the last is `eof` or `error`. */
export function lex(input: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  let trimNext = false
  while (at < input.length) {
    const open = input.indexOf('{{', at)
    const end = open === -1 ? input.length : open
    const trimBefore = open !== -1 && leftTrim.test(input.slice(open + 2, open + 4))
    addText(tokens, input, at, end, { start: trimNext, end: trimBefore })
    if (open === -1) break
    const inside = open + (trimBefore ? 4 : 2)
    const action = input.startsWith('/*', inside)
      ? lexComment(input, inside)
      : lexAction(input, open, inside, tokens)
    if (action.error !== undefined) {
      tokens.push(action.error)
      return tokens
    }
    at = action.end
    trimNext = action.trimsAfter
  }
  tokens.push({ type: 'eof', text: 'EOF', position: input.length })
  return tokens
}

interface Action {
  readonly end: number
  readonly trimsAfter: boolean
  readonly error?: Token
}

const leftTrim = /^-[ \t\r\n]/
const keywords: ReadonlySet<string> = new Set(
  'block break continue define else end if range template with'.split(' '),
)

function addText(
  tokens: Token[],
  input: string,
  from: number,
  to: number,
  trim: { readonly start: boolean; readonly end: boolean },
): void {
  let [start, end] = [from, to]
  if (trim.start) while (start < end && isSpaceAt(input, start)) start += 1
  if (trim.end) while (end > start && isSpaceAt(input, end - 1)) end -= 1
  if (end > start) tokens.push({ type: 'text', text: input.slice(start, end), position: start })
}

function lexComment(input: string, start: number): Action {
  const close = input.indexOf('*/', start + 2)
  if (close === -1) return failed('unclosed comment', start)
  const after = close + 2
  if (input.startsWith('}}', after)) return { end: after + 2, trimsAfter: false }
  if (isTrimmedEnd(input, after)) return { end: after + 4, trimsAfter: true }
  return failed('comment ends before closing delimiter', start)
}

/** Patterns of what can stand inside an action, tried in this order. */
const patterns: readonly (readonly [TokenType, RegExp])[] = [
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['characterConstant', /'(?:[^'\\\n]|\\[^\n])*'/y],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /(?:[+-]|(?=\.?[0-9]))(?:0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?)/y,
  ],
  ['field', /\.[\p{L}\p{Nd}_]+/uy],
  ['dot', /\./y],
  ['identifier', /[\p{L}\p{Nd}_]+/uy],
  ['leftParenthesis', /\(/y],
  ['rightParenthesis', /\)/y],
  ['character', /[!-~]/y],
]

const unterminated: Readonly<Record<string, string>> = {
  '"': 'unterminated quoted string',
  '`': 'unterminated raw quoted string',
  "'": 'unterminated character constant',
}

function lexAction(input: string, open: number, inside: number, tokens: Token[]): Action {
  tokens.push({ type: 'leftDelimiter', text: '{{', position: open })
  let parentheses = 0
  for (let at = inside; at < input.length; ) {
    const trimsAfter = isTrimmedEnd(input, at)
    if (trimsAfter || input.startsWith('}}', at)) {
      if (parentheses > 0) return failed('unclosed left paren', at)
      const end = at + (trimsAfter ? 4 : 2)
      tokens.push({ type: 'rightDelimiter', text: '}}', position: end - 2 })
      return { end, trimsAfter }
    }
    if (isSpaceAt(input, at)) {
      const position = at
      while (isSpaceAt(input, at) && !isTrimmedEnd(input, at)) at += 1
      tokens.push({ type: 'space', text: input.slice(position, at), position })
      continue
    }
    const token = lexToken(input, at)
    if (token.type === 'error') return { end: at, trimsAfter: false, error: token }
    if (token.type === 'leftParenthesis') parentheses += 1
    if (token.type === 'rightParenthesis') parentheses -= 1
    if (parentheses < 0) return failed('unexpected right paren', at)
    tokens.push(token)
    at += token.text.length
  }
  return failed('unclosed action', input.length)
}

function lexToken(input: string, position: number): Token {
  for (const [type, pattern] of patterns) {
    pattern.lastIndex = position
    const text = pattern.exec(input)?.[0]
    if (text === undefined) continue
    const after = position + text.length
    if (type === 'character' && unterminated[text] !== undefined) {
      return errorAt(unterminated[text], position)
    }
    if (type === 'character' && text === ':') return errorAt('expected :=', position)
    if (type === 'number' && /^[\p{L}\p{Nd}_]/u.test(runeAt(input, after))) {
      return errorAt(`bad number syntax: "${text}${runeAt(input, after)}"`, position)
    }
    const isName = type === 'identifier' || type === 'field' || type === 'variable'
    if (isName && !endsName(input, after)) {
      return errorAt(`bad character ${describe(runeAt(input, after))}`, position)
    }
    return { type: type === 'identifier' ? identifierType(text) : type, text, position }
  }
  return errorAt(`unrecognized character in action: ${describe(runeAt(input, position))}`, position)
}

function identifierType(word: string): TokenType {
  if (keywords.has(word)) return 'keyword'
  if (word === 'true' || word === 'false') return 'boolean'
  return word === 'nil' ? 'nil' : 'identifier'
}

function endsName(input: string, at: number): boolean {
  return (
    at >= input.length || /[ \t\r\n.,|:)(]/.test(input.charAt(at)) || input.startsWith('}}', at)
  )
}

function isTrimmedEnd(input: string, at: number): boolean {
  return isSpaceAt(input, at) && input.startsWith('-}}', at + 1)
}

function isSpaceAt(input: string, at: number): boolean {
  const character = input.charAt(at)
  return character === ' ' || character === '\n' || character === '\t' || character === '\r'
}

function runeAt(input: string, at: number): string {
  const code = input.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}

function describe(rune: string): string {
  const code = (rune.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return `U+${code} '${rune}'`
}

function failed(text: string, position: number): Action {
  return { end: position, trimsAfter: false, error: errorAt(text, position) }
}

function errorAt(text: string, position: number): Token {
  return { type: 'error', text, position }
}

import { TemplateError } from './errors.ts'
import type { FunctionDefinition } from './function.ts'
import { lex, type Token, type TokenType } from './lex.ts'
import type {
  BranchNode,
  CommandNode,
  Operand,
  PipeNode,
  RangeNode,
  Statement,
  TemplateNode,
  VariableNode,
} from './nodes.ts'
import { parseCharacter, parseNumber } from './number-constant.ts'
import { quote, unquote } from './quoted.ts'

/** Blocks and parentheses within each other; deeper ones are refused. */
const deepestNesting = 100

/** The bodies of a template and of those that it defines, by name. */
export type Bodies = ReadonlyMap<string, readonly Statement[]>

export interface ParseOptions {
  readonly name: string
  readonly findFunction: (name: string) => FunctionDefinition | undefined
}

/**
 * Reads a template and the definitions in it.
 *
 * @throws {TemplateError} `template_syntax`, `template_function_unknown`; `template_ceiling` when it nests too deep.
 */
export function parseBodies(text: string, options: ParseOptions): Bodies {
  return new Parser(text, options).parse()
}

type End = 'end' | 'else'

class Parser {
  readonly #text: string
  readonly #options: ParseOptions
  readonly #tokens: readonly Token[]
  readonly #bodies = new Map<string, readonly Statement[]>()
  #next = 0
  #variables: string[] = ['$']
  #ranges = 0
  #depth = 0

  constructor(text: string, options: ParseOptions) {
    this.#text = text
    this.#options = options
    this.#tokens = lex(text)
  }

  parse(): Bodies {
    const statements: Statement[] = []
    while (this.#peek().type !== 'eof') {
      if (this.#takeDefinition()) continue
      const statement = this.#statement()
      if (typeof statement === 'string') this.#fail(`unexpected {{${statement}}}`)
      else statements.push(statement)
    }
    this.#define(this.#options.name, statements)
    return this.#bodies
  }

  // Definitions

  #takeDefinition(): boolean {
    const start = this.#next
    if (this.#peek().type === 'leftDelimiter') {
      this.#next += 1
      const word = this.#takeAfterSpace()
      if (word.type === 'keyword' && word.text === 'define') {
        const name = this.#name('define clause')
        this.#expectEnd('define clause')
        this.#define(name, this.#separateBody('define clause'))
        return true
      }
    }
    this.#next = start
    return false
  }

  /** A body that sees no variables of its surroundings. */
  #separateBody(context: string): readonly Statement[] {
    const [variables, ranges] = [this.#variables, this.#ranges]
    this.#variables = ['$']
    this.#ranges = 0
    const { statements, end } = this.#body()
    if (end !== 'end') this.#fail(`unexpected {{${end}}} in ${context}`)
    this.#variables = variables
    this.#ranges = ranges
    return statements
  }

  #define(name: string, statements: readonly Statement[]): void {
    const earlier = this.#bodies.get(name)
    if (earlier !== undefined && !isBlank(earlier)) {
      if (isBlank(statements)) return
      this.#fail(`template: multiple definition of template ${quote(name)}`)
    }
    this.#bodies.set(name, statements)
  }

  // Statements

  #body(): { statements: readonly Statement[]; end: End } {
    return this.#nested(() => {
      const statements: Statement[] = []
      while (this.#peekAfterSpace().type !== 'eof') {
        const statement = this.#statement()
        if (typeof statement === 'string') return { statements, end: statement }
        statements.push(statement)
      }
      return this.#fail('unexpected EOF')
    })
  }

  #statement(): Statement | End {
    const token = this.#takeAfterSpace()
    if (token.type === 'text') return { kind: 'text', text: token.text, position: token.position }
    if (token.type !== 'leftDelimiter') return this.#unexpected(token, 'input')
    const word = this.#peekAfterSpace()
    if (word.type !== 'keyword') {
      return {
        kind: 'action',
        position: word.position,
        pipe: this.#pipe('command', 'rightDelimiter'),
      }
    }
    this.#next += 1
    switch (word.text) {
      case 'if':
      case 'with':
        return this.#branch(word.text)
      case 'range':
        return this.#range()
      case 'template':
        return this.#template()
      case 'block':
        return this.#block()
      case 'break':
      case 'continue':
        this.#expectEnd(`{{${word.text}}}`)
        if (this.#ranges === 0) this.#fail(`{{${word.text}}} outside {{range}}`)
        return { kind: word.text, position: word.position }
      case 'end':
        this.#expectEnd('end')
        return 'end'
      case 'else': {
        const follower = this.#peekAfterSpace()
        if (!isKeyword(follower, 'if') && !isKeyword(follower, 'with')) this.#expectEnd('else')
        return 'else'
      }
      default:
        return this.#unexpected(word, 'command')
    }
  }

  #branch(kind: 'if' | 'with'): BranchNode {
    const known = this.#variables.length
    const branches: { pipe: PipeNode; body: readonly Statement[] }[] = []
    let otherwise: readonly Statement[] = []
    for (;;) {
      const pipe = this.#pipe(kind, 'rightDelimiter')
      const { statements, end } = this.#body()
      branches.push({ pipe, body: statements })
      if (end === 'end') break
      if (isKeyword(this.#peek(), kind)) {
        this.#next += 1
        continue
      }
      otherwise = this.#lastBody()
      break
    }
    this.#variables.length = known
    return { kind, branches, otherwise, position: branches[0]?.pipe.position ?? 0 }
  }

  #range(): RangeNode {
    const known = this.#variables.length
    const pipe = this.#pipe('range', 'rightDelimiter')
    this.#ranges += 1
    const { statements, end } = this.#body()
    this.#ranges -= 1
    const otherwise = end === 'else' ? this.#lastBody() : []
    this.#variables.length = known
    return { kind: 'range', pipe, body: statements, otherwise, position: pipe.position }
  }

  /** What follows a plain `else`. */
  #lastBody(): readonly Statement[] {
    const { statements, end } = this.#body()
    if (end !== 'end') this.#fail('expected end; found {{else}}')
    return statements
  }

  #template(): TemplateNode {
    const { position } = this.#peekAfterSpace()
    const name = this.#name('template clause')
    if (this.#peekAfterSpace().type === 'rightDelimiter') {
      this.#takeAfterSpace()
      return { kind: 'template', name, pipe: undefined, position }
    }
    return {
      kind: 'template',
      name,
      pipe: this.#pipe('template clause', 'rightDelimiter'),
      position,
    }
  }

  #block(): TemplateNode {
    const { position } = this.#peekAfterSpace()
    const name = this.#name('block clause')
    const pipe = this.#pipe('block clause', 'rightDelimiter')
    this.#define(name, this.#separateBody('block clause'))
    return { kind: 'template', name, pipe, position }
  }

  #name(context: string): string {
    const token = this.#takeAfterSpace()
    if (token.type !== 'string') return this.#unexpected(token, context)
    return unquote(token.text) ?? this.#fail('invalid syntax')
  }

  // Pipelines

  #pipe(context: string, end: TokenType): PipeNode {
    const { position } = this.#peekAfterSpace()
    const declared: VariableNode[] = []
    const isAssignment = this.#declarations(context, declared)
    const commands: CommandNode[] = []
    for (;;) {
      const token = this.#peekAfterSpace()
      if (token.type === end) {
        this.#takeAfterSpace()
        break
      }
      if (!operandStarts.has(token.type)) this.#unexpected(token, context)
      commands.push(this.#command())
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`)
    for (const [index, command] of commands.entries()) {
      if (index > 0 && constants.has(command.operands[0].kind)) {
        this.#fail(`non executable command in pipeline stage ${index + 1}`)
      }
    }
    return { kind: 'pipe', declared, isAssignment, commands, position }
  }

  /** Takes `$x :=`, `$x =` or `$i, $x :=` when they come next; true for `=`. */
  #declarations(context: string, declared: VariableNode[]): boolean {
    for (;;) {
      const start = this.#next
      const variable = this.#takeAfterSpace()
      const sign = variable.type === 'variable' ? this.#takeAfterSpace() : variable
      const isComma = sign.type === 'character' && sign.text === ','
      if (variable.type !== 'variable' || !(isComma || isSign(sign))) {
        this.#next = start
        return false
      }
      declared.push({
        kind: 'variable',
        name: variable.text,
        path: [],
        position: variable.position,
      })
      this.#variables.push(variable.text)
      if (!isComma) return sign.type === 'assign'
      if (context !== 'range' || declared.length > 1)
        this.#fail(`too many declarations in ${context}`)
      const { type } = this.#peekAfterSpace()
      if (type !== 'variable' && type !== 'rightDelimiter' && type !== 'rightParenthesis') {
        this.#fail('range can only initialize variables')
      }
    }
  }

  #command(): CommandNode {
    const { position } = this.#peekAfterSpace()
    const operands: Operand[] = []
    for (;;) {
      this.#peekAfterSpace()
      const operand = this.#operand()
      if (operand !== undefined) operands.push(operand)
      const token = this.#take()
      if (token.type === 'space') continue
      if (token.type === 'rightDelimiter' || token.type === 'rightParenthesis') this.#next -= 1
      else if (token.type !== 'pipe') this.#unexpected(token, 'operand')
      break
    }
    const [first, ...others] = operands
    if (first === undefined) return this.#fail('empty command')
    return { kind: 'command', operands: [first, ...others], position }
  }

  #operand(): Operand | undefined {
    const term = this.#term()
    if (term === undefined || this.#peek().type !== 'field') return term
    const { position } = this.#peek()
    const path: string[] = []
    while (this.#peek().type === 'field') path.push(this.#take().text.slice(1))
    if (term.kind === 'field' || term.kind === 'variable') {
      return { ...term, path: [...term.path, ...path], position }
    }
    if (constants.has(term.kind)) this.#fail(`unexpected . after term ${quote(describe(term))}`)
    return { kind: 'chain', of: term, path, position }
  }

  #term(): Operand | undefined {
    const token = this.#takeAfterSpace()
    const { position, text } = token
    switch (token.type) {
      case 'identifier': {
        const definition = this.#options.findFunction(text)
        if (definition === undefined) {
          return this.#fail(`function ${quote(text)} not defined`, 'template_function_unknown')
        }
        return { kind: 'function', name: text, definition, position }
      }
      case 'dot':
        return { kind: 'dot', position }
      case 'nil':
        return { kind: 'nil', position }
      case 'variable':
        if (!this.#variables.includes(text)) this.#fail(`undefined variable ${quote(text)}`)
        return { kind: 'variable', name: text, path: [], position }
      case 'field':
        return { kind: 'field', path: [text.slice(1)], position }
      case 'boolean':
        return { kind: 'boolean', value: text === 'true', position }
      case 'characterConstant':
      case 'number': {
        const number = token.type === 'number' ? parseNumber(text) : parseCharacter(text)
        if (number === undefined) return this.#fail(`bad number syntax: ${quote(text)}`)
        return { kind: 'number', text, number, position }
      }
      case 'leftParenthesis':
        return this.#nested(() => this.#pipe('parenthesized pipeline', 'rightParenthesis'))
      case 'string': {
        const value = unquote(text) ?? this.#fail('invalid syntax')
        return { kind: 'string', text, value, position }
      }
      default:
        this.#next -= 1
        return undefined
    }
  }

  // Tokens

  #peek(): Token {
    // The last token is never passed by.
    const last = this.#tokens.length - 1
    return this.#tokens[Math.min(this.#next, last)] ?? { type: 'eof', text: 'EOF', position: 0 }
  }

  #take(): Token {
    const token = this.#peek()
    this.#next += 1
    return token
  }

  #peekAfterSpace(): Token {
    while (this.#peek().type === 'space') this.#next += 1
    return this.#peek()
  }

  #takeAfterSpace(): Token {
    this.#peekAfterSpace()
    return this.#take()
  }

  #expectEnd(context: string): void {
    const token = this.#takeAfterSpace()
    if (token.type !== 'rightDelimiter') this.#unexpected(token, context)
  }

  #nested<Result>(inside: () => Result): Result {
    this.#depth += 1
    if (this.#depth > deepestNesting) {
      this.#fail(`nested more than ${deepestNesting} deep`, 'template_ceiling')
    }
    const result = inside()
    this.#depth -= 1
    return result
  }

  #unexpected(token: Token, context: string): never {
    if (token.type === 'error') return this.#fail(token.text)
    return this.#fail(`unexpected ${describeToken(token)} in ${context}`)
  }

  #fail(
    problem: string,
    code: 'template_syntax' | 'template_function_unknown' | 'template_ceiling' = 'template_syntax',
  ): never {
    const latest = this.#tokens[Math.min(this.#next, this.#tokens.length) - 1]
    const before = this.#text.slice(0, latest?.position ?? 0)
    const line = before.split('\n').length
    throw new TemplateError(code, `template: ${this.#options.name}:${line}: ${problem}`)
  }
}

const operandStarts: ReadonlySet<TokenType> = new Set<TokenType>([
  'boolean',
  'characterConstant',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  'leftParenthesis',
])

const constants: ReadonlySet<Operand['kind']> = new Set<Operand['kind']>([
  'boolean',
  'dot',
  'nil',
  'number',
  'string',
])

function isKeyword(token: Token, word: string): boolean {
  return token.type === 'keyword' && token.text === word
}

function isSign(token: Token): boolean {
  return token.type === 'assign' || token.type === 'declare'
}

function isBlank(statements: readonly Statement[]): boolean {
  return statements.every((statement) => statement.kind === 'text' && statement.text.trim() === '')
}

function describe(term: Operand): string {
  if (term.kind === 'dot') return '.'
  if (term.kind === 'nil') return 'nil'
  if (term.kind === 'boolean') return String(term.value)
  return 'text' in term ? term.text : term.kind
}

function describeToken(token: Token): string {
  if (token.type === 'eof') return 'EOF'
  if (token.type === 'keyword' || token.type === 'nil' || token.type === 'dot')
    return `<${token.text}>`
  return token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : quote(token.text)
}

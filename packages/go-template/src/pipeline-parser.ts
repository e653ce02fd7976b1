import type { FunctionDefinition } from './function.ts'
import type { Token, TokenType } from './lex.ts'
import type { CommandNode, Operand, PipeNode, VariableNode } from './nodes.ts'
import { parseCharacter, parseNumber } from './number-constant.ts'
import { quote, unquote } from './quoted.ts'
import type { TokenReader } from './token-reader.ts'

/** Blocks and parentheses within each other; deeper ones are refused. */
const deepestNesting = 100

/** Reads pipelines, and keeps the variables that they declare. */
export class PipelineParser {
  readonly #tokens: TokenReader
  readonly #findFunction: (name: string) => FunctionDefinition | undefined
  #variables: string[] = ['$']
  #depth = 0

  constructor(tokens: TokenReader, findFunction: (name: string) => FunctionDefinition | undefined) {
    this.#tokens = tokens
    this.#findFunction = findFunction
  }

  get variableCount(): number {
    return this.#variables.length
  }

  /** Forgets all variables but the first `count`. */
  keepVariables(count: number): void {
    this.#variables.length = count
  }

  /** Runs `inside` with no variable but `$`. */
  separately<Result>(inside: () => Result): Result {
    const variables = this.#variables
    this.#variables = ['$']
    const result = inside()
    this.#variables = variables
    return result
  }

  /** Reads a pipeline with the token `end` that closes it; `context` is what errors call it. */
  read(context: string, end: TokenType): PipeNode {
    const { position } = this.#tokens.peekAfterSpace()
    const declared: VariableNode[] = []
    const isAssignment = this.#declarations(context, declared)
    const commands: CommandNode[] = []
    for (;;) {
      const token = this.#tokens.peekAfterSpace()
      if (token.type === end) {
        this.#tokens.takeAfterSpace()
        break
      }
      if (!operandStarts.has(token.type)) this.#tokens.unexpected(token, context)
      commands.push(this.#command())
    }
    if (commands.length === 0) this.#tokens.fail(`missing value for ${context}`)
    for (const [index, command] of commands.entries()) {
      if (index > 0 && constants.has(command.operands[0].kind)) {
        this.#tokens.fail(`non executable command in pipeline stage ${index + 1}`)
      }
    }
    return { kind: 'pipe', declared, isAssignment, commands, position }
  }

  /** Takes `$x :=`, `$x =` or `$i, $x :=` when they come next; true for `=`. */
  #declarations(context: string, declared: VariableNode[]): boolean {
    for (;;) {
      const start = this.#tokens.next
      const variable = this.#tokens.takeAfterSpace()
      const sign = variable.type === 'variable' ? this.#tokens.takeAfterSpace() : variable
      const isComma = sign.type === 'character' && sign.text === ','
      if (variable.type !== 'variable' || !(isComma || isSign(sign))) {
        this.#tokens.rewind(start)
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
        this.#tokens.fail(`too many declarations in ${context}`)
      const { type } = this.#tokens.peekAfterSpace()
      if (type !== 'variable' && type !== 'rightDelimiter' && type !== 'rightParenthesis') {
        this.#tokens.fail('range can only initialize variables')
      }
    }
  }

  #command(): CommandNode {
    const { position } = this.#tokens.peekAfterSpace()
    const operands: Operand[] = []
    for (;;) {
      this.#tokens.peekAfterSpace()
      const operand = this.#operand()
      if (operand !== undefined) operands.push(operand)
      const token = this.#tokens.take()
      if (token.type === 'space') continue
      if (token.type === 'rightDelimiter' || token.type === 'rightParenthesis')
        this.#tokens.rewind(this.#tokens.next - 1)
      else if (token.type !== 'pipe') this.#tokens.unexpected(token, 'operand')
      break
    }
    const [first, ...others] = operands
    if (first === undefined) return this.#tokens.fail('empty command')
    return { kind: 'command', operands: [first, ...others], position }
  }

  #operand(): Operand | undefined {
    const term = this.#term()
    if (term === undefined || this.#tokens.peek().type !== 'field') return term
    const { position } = this.#tokens.peek()
    const path: string[] = []
    while (this.#tokens.peek().type === 'field') path.push(this.#tokens.take().text.slice(1))
    if (term.kind === 'field' || term.kind === 'variable') {
      return { ...term, path: [...term.path, ...path], position }
    }
    if (constants.has(term.kind))
      this.#tokens.fail(`unexpected . after term ${quote(describe(term))}`)
    return { kind: 'chain', of: term, path, position }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.takeAfterSpace()
    const { position, text } = token
    switch (token.type) {
      case 'identifier': {
        const definition = this.#findFunction(text)
        if (definition === undefined) {
          return this.#tokens.fail(
            `function ${quote(text)} not defined`,
            'template_function_unknown',
          )
        }
        return { kind: 'function', name: text, definition, position }
      }
      case 'dot':
        return { kind: 'dot', position }
      case 'nil':
        return { kind: 'nil', position }
      case 'variable':
        if (!this.#variables.includes(text)) this.#tokens.fail(`undefined variable ${quote(text)}`)
        return { kind: 'variable', name: text, path: [], position }
      case 'field':
        return { kind: 'field', path: [text.slice(1)], position }
      case 'boolean':
        return { kind: 'boolean', value: text === 'true', position }
      case 'characterConstant':
      case 'number': {
        const number = token.type === 'number' ? parseNumber(text) : parseCharacter(text)
        if (number === undefined) return this.#tokens.fail(`bad number syntax: ${quote(text)}`)
        return { kind: 'number', text, number, position }
      }
      case 'leftParenthesis':
        return this.nested(() => this.read('parenthesized pipeline', 'rightParenthesis'))
      case 'string': {
        const value = unquote(text) ?? this.#tokens.fail('invalid syntax')
        return { kind: 'string', text, value, position }
      }
      default:
        this.#tokens.rewind(this.#tokens.next - 1)
        return undefined
    }
  }

  /** Runs `inside` one level deeper. */
  nested<Result>(inside: () => Result): Result {
    this.#depth += 1
    if (this.#depth > deepestNesting) {
      this.#tokens.fail(`nested more than ${deepestNesting} deep`, 'template_ceiling')
    }
    const result = inside()
    this.#depth -= 1
    return result
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

function isSign(token: Token): boolean {
  return token.type === 'assign' || token.type === 'declare'
}

function describe(term: Operand): string {
  if (term.kind === 'dot') return '.'
  if (term.kind === 'nil') return 'nil'
  if (term.kind === 'boolean') return String(term.value)
  return 'text' in term ? term.text : term.kind
}

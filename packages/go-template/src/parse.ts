import type { FunctionDefinition } from './function.ts'
import type { Token } from './lex.ts'
import type { BranchNode, PipeNode, RangeNode, Statement, TemplateNode } from './nodes.ts'
import { PipelineParser } from './pipeline-parser.ts'
import { quote, unquote } from './quoted.ts'
import { TokenReader } from './token-reader.ts'

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
  readonly #options: ParseOptions
  readonly #tokens: TokenReader
  readonly #bodies = new Map<string, readonly Statement[]>()
  readonly #pipelines: PipelineParser
  #ranges = 0

  constructor(text: string, options: ParseOptions) {
    this.#options = options
    this.#tokens = new TokenReader(text, options.name)
    this.#pipelines = new PipelineParser(this.#tokens, options.findFunction)
  }

  parse(): Bodies {
    const statements: Statement[] = []
    while (this.#tokens.peek().type !== 'eof') {
      if (this.#takeDefinition()) continue
      const statement = this.#statement()
      if (typeof statement === 'string') this.#tokens.fail(`unexpected {{${statement}}}`)
      else statements.push(statement)
    }
    this.#define(this.#options.name, statements)
    return this.#bodies
  }

  // Definitions

  #takeDefinition(): boolean {
    const start = this.#tokens.next
    if (this.#tokens.peek().type === 'leftDelimiter') {
      this.#tokens.take()
      const word = this.#tokens.takeAfterSpace()
      if (word.type === 'keyword' && word.text === 'define') {
        const name = this.#name('define clause')
        this.#tokens.expectEnd('define clause')
        this.#define(name, this.#separateBody('define clause'))
        return true
      }
    }
    this.#tokens.rewind(start)
    return false
  }

  /** A body that sees no variables of its surroundings. */
  #separateBody(context: string): readonly Statement[] {
    const ranges = this.#ranges
    this.#ranges = 0
    const { statements, end } = this.#pipelines.separately(() => this.#body())
    if (end !== 'end') this.#tokens.fail(`unexpected {{${end}}} in ${context}`)
    this.#ranges = ranges
    return statements
  }

  #define(name: string, statements: readonly Statement[]): void {
    const earlier = this.#bodies.get(name)
    if (earlier !== undefined && !isBlank(earlier)) {
      if (isBlank(statements)) return
      this.#tokens.fail(`template: multiple definition of template ${quote(name)}`)
    }
    this.#bodies.set(name, statements)
  }

  // Statements

  #body(): { statements: readonly Statement[]; end: End } {
    return this.#pipelines.nested(() => {
      const statements: Statement[] = []
      while (this.#tokens.peekAfterSpace().type !== 'eof') {
        const statement = this.#statement()
        if (typeof statement === 'string') return { statements, end: statement }
        statements.push(statement)
      }
      return this.#tokens.fail('unexpected EOF')
    })
  }

  #statement(): Statement | End {
    const token = this.#tokens.takeAfterSpace()
    if (token.type === 'text') return { kind: 'text', text: token.text, position: token.position }
    if (token.type !== 'leftDelimiter') return this.#tokens.unexpected(token, 'input')
    const word = this.#tokens.peekAfterSpace()
    if (word.type !== 'keyword') {
      return {
        kind: 'action',
        position: word.position,
        pipe: this.#pipelines.read('command', 'rightDelimiter'),
      }
    }
    this.#tokens.take()
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
        this.#tokens.expectEnd(`{{${word.text}}}`)
        if (this.#ranges === 0) this.#tokens.fail(`{{${word.text}}} outside {{range}}`)
        return { kind: word.text, position: word.position }
      case 'end':
        this.#tokens.expectEnd('end')
        return 'end'
      case 'else': {
        const follower = this.#tokens.peekAfterSpace()
        if (!isKeyword(follower, 'if') && !isKeyword(follower, 'with'))
          this.#tokens.expectEnd('else')
        return 'else'
      }
      default:
        return this.#tokens.unexpected(word, 'command')
    }
  }

  #branch(kind: 'if' | 'with'): BranchNode {
    const known = this.#pipelines.variableCount
    const branches: { pipe: PipeNode; body: readonly Statement[] }[] = []
    let otherwise: readonly Statement[] = []
    for (;;) {
      const pipe = this.#pipelines.read(kind, 'rightDelimiter')
      const { statements, end } = this.#body()
      branches.push({ pipe, body: statements })
      if (end === 'end') break
      if (isKeyword(this.#tokens.peek(), kind)) {
        this.#tokens.take()
        continue
      }
      otherwise = this.#lastBody()
      break
    }
    this.#pipelines.keepVariables(known)
    return { kind, branches, otherwise, position: branches[0]?.pipe.position ?? 0 }
  }

  #range(): RangeNode {
    const known = this.#pipelines.variableCount
    const pipe = this.#pipelines.read('range', 'rightDelimiter')
    this.#ranges += 1
    const { statements, end } = this.#body()
    this.#ranges -= 1
    const otherwise = end === 'else' ? this.#lastBody() : []
    this.#pipelines.keepVariables(known)
    return { kind: 'range', pipe, body: statements, otherwise, position: pipe.position }
  }

  /** What follows a plain `else`. */
  #lastBody(): readonly Statement[] {
    const { statements, end } = this.#body()
    if (end !== 'end') this.#tokens.fail('expected end; found {{else}}')
    return statements
  }

  #template(): TemplateNode {
    const { position } = this.#tokens.peekAfterSpace()
    const name = this.#name('template clause')
    if (this.#tokens.peekAfterSpace().type === 'rightDelimiter') {
      this.#tokens.takeAfterSpace()
      return { kind: 'template', name, pipe: undefined, position }
    }
    return {
      kind: 'template',
      name,
      pipe: this.#pipelines.read('template clause', 'rightDelimiter'),
      position,
    }
  }

  #block(): TemplateNode {
    const { position } = this.#tokens.peekAfterSpace()
    const name = this.#name('block clause')
    const pipe = this.#pipelines.read('block clause', 'rightDelimiter')
    this.#define(name, this.#separateBody('block clause'))
    return { kind: 'template', name, pipe, position }
  }

  #name(context: string): string {
    const token = this.#tokens.takeAfterSpace()
    if (token.type !== 'string') return this.#tokens.unexpected(token, context)
    return unquote(token.text) ?? this.#tokens.fail('invalid syntax')
  }
}

function isKeyword(token: Token, word: string): boolean {
  return token.type === 'keyword' && token.text === word
}

function isBlank(statements: readonly Statement[]): boolean {
  return statements.every((statement) => statement.kind === 'text' && statement.text.trim() === '')
}

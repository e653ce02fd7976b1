import { TemplateError } from './errors.ts'
import { lex, type Token } from './lex.ts'
import { quote } from './quoted.ts'

/** Reads the tokens of a template one by one, and says where something is wrong. */
export class TokenReader {
  readonly #text: string
  readonly #name: string
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(text: string, name: string) {
    this.#text = text
    this.#name = name
    this.#tokens = lex(text)
  }

  /** Number of the token that comes next, for {@link rewind}. */
  get next(): number {
    return this.#next
  }

  rewind(next: number): void {
    this.#next = next
  }

  peek(): Token {
    // The last token is never passed by.
    const last = this.#tokens.length - 1
    return this.#tokens[Math.min(this.#next, last)] ?? { type: 'eof', text: 'EOF', position: 0 }
  }

  take(): Token {
    const token = this.peek()
    this.#next += 1
    return token
  }

  peekAfterSpace(): Token {
    while (this.peek().type === 'space') this.#next += 1
    return this.peek()
  }

  takeAfterSpace(): Token {
    this.peekAfterSpace()
    return this.take()
  }

  expectEnd(context: string): void {
    const token = this.takeAfterSpace()
    if (token.type !== 'rightDelimiter') this.unexpected(token, context)
  }

  /** @throws {TemplateError} `template_syntax` */
  unexpected(token: Token, context: string): never {
    if (token.type === 'error') return this.fail(token.text)
    return this.fail(`unexpected ${describeToken(token)} in ${context}`)
  }

  /** Refuses the template, with the line of the token taken last. */
  fail(
    problem: string,
    code: 'template_syntax' | 'template_function_unknown' | 'template_ceiling' = 'template_syntax',
  ): never {
    const latest = this.#tokens[Math.min(this.#next, this.#tokens.length) - 1]
    const before = this.#text.slice(0, latest?.position ?? 0)
    const line = before.split('\n').length
    throw new TemplateError(code, `template: ${this.#name}:${line}: ${problem}`)
  }
}

function describeToken(token: Token): string {
  if (token.type === 'eof') return 'EOF'
  if (token.type === 'keyword' || token.type === 'nil' || token.type === 'dot')
    return `<${token.text}>`
  return token.text.length > 10 ? `${quote(token.text.slice(0, 10))}...` : quote(token.text)
}

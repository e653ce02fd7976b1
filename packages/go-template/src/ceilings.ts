import { CeilingReached } from './errors.ts'

/** The most that one execution may use. */
export interface TemplateCeilings {
  /** Actions, operands, list items and each 16 characters of text that a function reads or makes. */
  readonly steps: number
  /** Octets of the result. */
  readonly outputOctets: number
  /** Blocks, parentheses, templates and nested values within each other. */
  readonly depth: number
  /** UTF-16 code units of any text on the way. */
  readonly textLength: number
  /** Items of any list or map that a function makes. */
  readonly listItems: number
}

/** Far above what a certificate's template needs, and still a fraction of a second. */
export const defaultCeilings: TemplateCeilings = {
  steps: 100_000,
  outputOctets: 1_048_576,
  depth: 200,
  textLength: 1_048_576,
  listItems: 20_000,
}

const charactersPerStep = 16

/** What one execution has left. Every method throws `CeilingReached` when there is no more. */
export class Budget {
  readonly ceilings: TemplateCeilings
  #steps = 0
  #depth = 0

  constructor(ceilings: TemplateCeilings) {
    this.ceilings = ceilings
  }

  spend(steps: number): void {
    this.#steps += steps
    if (this.#steps > this.ceilings.steps) {
      throw new CeilingReached(`more than ${this.ceilings.steps} steps`)
    }
  }

  /** Accounts for a text of `length` that is read or about to be made. */
  spendText(length: number): void {
    this.checkText(length)
    this.spend(Math.ceil(length / charactersPerStep))
  }

  /** Refuses a text of `length` that nobody may make, without accounting for it. */
  checkText(length: number): void {
    if (length > this.ceilings.textLength) {
      throw new CeilingReached(`a text of more than ${this.ceilings.textLength} characters`)
    }
  }

  /** Accounts for a list or map of `length` items that is about to be made. */
  spendItems(length: number): void {
    this.checkItems(length)
    this.spend(length)
  }

  /** Refuses a list or map of `length` items, without accounting for it. */
  checkItems(length: number): void {
    if (length > this.ceilings.listItems) {
      throw new CeilingReached(`a list of more than ${this.ceilings.listItems} items`)
    }
  }

  /** Runs `inside` one level deeper. */
  nest<Result>(inside: () => Result): Result {
    this.enter()
    try {
      return inside()
    } finally {
      this.leave()
    }
  }

  enter(): void {
    this.#depth += 1
    if (this.#depth > this.ceilings.depth) {
      throw new CeilingReached(`nested more than ${this.ceilings.depth} deep`)
    }
  }

  leave(): void {
    this.#depth -= 1
  }
}

/** Gathers text and keeps it below the ceiling while it grows. */
export class TextBuilder {
  readonly #budget: Budget
  #text = ''
  #unpaid = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  add(piece: string): this {
    this.#unpaid += piece.length
    if (this.#unpaid >= 1024) {
      this.#budget.checkText(this.#text.length + piece.length)
      this.#budget.spendText(this.#unpaid)
      this.#unpaid = 0
    }
    this.#text += piece
    return this
  }

  get text(): string {
    return this.#text
  }
}

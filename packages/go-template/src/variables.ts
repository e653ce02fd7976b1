import { Refusal } from './errors.ts'
import type { Value } from './values.ts'

/** The variables that one template sees, the latest last. */
export class Variables {
  readonly #known: { readonly name: string; value: Value }[]

  /** `data` is what `$` stands for. */
  constructor(data: Value) {
    this.#known = [{ name: '$', value: data }]
  }

  get count(): number {
    return this.#known.length
  }

  /** Forgets all but the first `count`. */
  keep(count: number): void {
    this.#known.length = count
  }

  declare(name: string, value: Value): void {
    this.#known.push({ name, value })
  }

  /** @throws {Refusal} when there is none of that name. */
  find(name: string): Value {
    return this.#latest(name).value
  }

  /** @throws {Refusal} when there is none of that name. */
  assign(name: string, value: Value): void {
    this.#latest(name).value = value
  }

  /** Changes the one at `index`, as declared. */
  setAt(index: number, value: Value): void {
    const variable = this.#known[index]
    if (variable !== undefined) variable.value = value
  }

  #latest(name: string): { value: Value } {
    const variable = this.#known.findLast((known) => known.name === name)
    if (variable === undefined) throw new Refusal(`undefined variable: ${name}`)
    return variable
  }
}

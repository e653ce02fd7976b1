/** A JSON object as step-ca has stored it. Its members are read by type; one of another type reads as absent. */
export class StepCaValue {
  readonly #members: ReadonlyMap<string, unknown>

  /** Returns `undefined` for what is no JSON object, such as the empty value that step-ca leaves behind. */
  static parse(octets: Uint8Array): StepCaValue | undefined {
    try {
      const value: unknown = JSON.parse(Buffer.from(octets).toString('utf8'))
      return StepCaValue.of(value)
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  static of(value: unknown): StepCaValue | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return new StepCaValue(new Map(Object.entries(value)))
  }

  private constructor(members: ReadonlyMap<string, unknown>) {
    this.#members = members
  }

  /** An empty text reads as absent: step-ca makes no difference. What not every database keeps in a text is replaced. */
  text(name: string): string | undefined {
    const value = this.#members.get(name)
    if (typeof value !== 'string' || value === '') return undefined
    return value.toWellFormed().replaceAll('\0', '\ufffd')
  }

  integer(name: string): number | undefined {
    const value = this.#members.get(name)
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
  }

  flag(name: string): boolean {
    return this.#members.get(name) === true
  }

  /** Go's zero time reads as absent. */
  time(name: string): Date | undefined {
    const text = this.text(name)
    if (text === undefined || !rfc3339.test(text)) return undefined
    const time = new Date(text)
    return Number.isNaN(time.getTime()) || time.getTime() < 0 ? undefined : time
  }

  /** Octets, which Go writes in base64. */
  octets(name: string): Uint8Array | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'base64'))
  }

  object(name: string): StepCaValue | undefined {
    return StepCaValue.of(this.#members.get(name))
  }

  /** The object as JSON. */
  json(name: string): string | undefined {
    const value = this.#members.get(name)
    return StepCaValue.of(value) === undefined ? undefined : JSON.stringify(value)
  }

  texts(name: string): readonly string[] {
    return this.#list(name).filter((each) => typeof each === 'string')
  }

  objects(name: string): readonly StepCaValue[] {
    return this.#list(name).flatMap((each) => StepCaValue.of(each) ?? [])
  }

  #list(name: string): readonly unknown[] {
    const value = this.#members.get(name)
    return Array.isArray(value) ? value : []
  }
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** The key of a row as text: step-ca writes ASCII. */
export function textOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('utf8')
}

/** A serial number as step-ca writes keys: decimal, without a sign or zeros before it. */
export function parseSerialKey(key: Uint8Array): bigint | undefined {
  const text = textOf(key)
  return /^(0|[1-9]\d{0,152})$/.test(text) ? BigInt(text) : undefined
}

import { Budget, defaultCeilings, type TemplateCeilings } from './ceilings.ts'
import { CeilingReached, Refusal, TemplateError } from './errors.ts'
import { evaluate } from './evaluate.ts'
import { any, defineVariadic, type FunctionDefinition } from './function.ts'
import { functions as offered } from './functions/index.ts'
import { parseBodies } from './parse.ts'
import { exportValue, importValue, type TemplateValue } from './template-value.ts'
import type { Value } from './values.ts'

/** What a function that the caller adds may use. */
export interface TemplateFunctionContext {
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/**
 * A function that the caller adds. It takes as many arguments as it is given and checks them itself; what it throws
 * becomes `template_failed`, with the thrown error as cause.
 */
export type TemplateFunction = (
  values: readonly TemplateValue[],
  context: TemplateFunctionContext,
) => TemplateValue

export interface ExecuteOptions {
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  /** Where they are left out {@link defaultCeilings} hold. */
  readonly ceilings?: Partial<TemplateCeilings>
  /** IANA name of the zone that `date` and `Local` mean; UTC when left out. */
  readonly timeZone?: string
}

/** A parsed template. It keeps nothing of an execution. */
export interface Template {
  /**
   * Carries the template out over `data`, which stays as it is.
   *
   * @throws {TemplateError} `template_failed`, `template_fail_called`, `template_ceiling`.
   */
  execute(data: TemplateValue, options: ExecuteOptions): string
}

/**
 * Reads a template.
 *
 * `name` stands in errors. `functions` come before those that are offered.
 *
 * @throws {TemplateError} `template_syntax`; `template_function_unknown`; `template_ceiling` when it nests too deep.
 */
export function parseTemplate(
  text: string,
  options: {
    readonly name?: string
    readonly functions?: ReadonlyMap<string, TemplateFunction>
  } = {},
): Template {
  const { name = 'template' } = options
  const added = new Map(
    [...(options.functions ?? [])].map(([called, run]) => [called, adapt(run)] as const),
  )
  const bodies = parseBodies(text, {
    name,
    findFunction: (called) => added.get(called) ?? offered.get(called),
  })
  return {
    execute(data, { now, random, ceilings, timeZone = 'UTC' }) {
      const most = { ...defaultCeilings, ...ceilings }
      const imported = importData(data, name, most)
      return evaluate({ name, text, bodies, data: imported, ceilings: most, now, random, timeZone })
    },
  }
}

/** Names of the functions that every template may call, in order. */
export function listFunctions(): readonly string[] {
  return [...offered.keys()].sort()
}

function importData(data: TemplateValue, name: string, ceilings: TemplateCeilings): Value {
  try {
    return importValue(data, new Budget(ceilings))
  } catch (error) {
    if (!(error instanceof CeilingReached || error instanceof Refusal)) throw error
    throw new TemplateError('template_ceiling', `template: ${name}: data: ${error.message}`)
  }
}

function adapt(run: TemplateFunction): FunctionDefinition {
  return defineVariadic([], any, (_, values, { budget, now, random }) => {
    const given = values.map((value) => exportValue(value, budget))
    let result: TemplateValue
    try {
      result = run(given, { now, random })
    } catch (error) {
      if (error instanceof TemplateError) throw error
      throw new Refusal(error instanceof Error ? error.message : String(error), { cause: error })
    }
    return importValue(result, budget)
  })
}

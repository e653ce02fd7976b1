/**
 * What went wrong with a template.
 *
 * - `template_syntax`: the text is not a template
 * - `template_function_unknown`: it calls a function that is not offered
 * - `template_failed`: an action could not be carried out with this data
 * - `template_fail_called`: the template called `fail`; the message is its own
 * - `template_ceiling`: it wanted more steps, text, items or depth than it may have
 */
export type TemplateErrorCode =
  | 'template_syntax'
  | 'template_function_unknown'
  | 'template_failed'
  | 'template_fail_called'
  | 'template_ceiling'

/** Thrown when a template cannot be parsed or evaluated. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  readonly code: TemplateErrorCode

  constructor(code: TemplateErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}

/**
 * Thrown inside the package by a function or an operation that refuses its arguments.
 *
 * The evaluator adds name and place and makes a {@link TemplateError} of it.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** Thrown inside the package where a ceiling is reached; becomes `template_ceiling`. */
export class CeilingReached extends Error {
  override readonly name = 'CeilingReached'
}

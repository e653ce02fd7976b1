export type TemplateErrorCode =
  | 'template_syntax'
  | 'template_failed'
  | 'template_refused'
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

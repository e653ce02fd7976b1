import { CeilingReached, Refusal, TemplateError } from './errors.ts'
import { type CommandNode, nodeText, type Operand, type Statement } from './nodes.ts'
import { octetLength } from './text.ts'

/** Where an execution was when it failed. */
export interface ErrorPlace {
  /** Of the whole template, as is `text`. */
  readonly name: string
  readonly text: string
  /** The name of the template in it that was being carried out. */
  readonly within: string
  readonly node: Operand | CommandNode | Statement | undefined
}

/** The error with its place, as Go tells it; one that is not ours as it is. */
export function locatedError(error: unknown, place: ErrorPlace): unknown {
  if (error instanceof RangeError) {
    // The stack ran out before the ceiling on depth was reached.
    return new TemplateError('template_ceiling', located('nested too deep', place), {
      cause: error,
    })
  }
  if (error instanceof CeilingReached) {
    return new TemplateError('template_ceiling', located(error.message, place))
  }
  if (!(error instanceof Refusal)) return error
  return new TemplateError('template_failed', located(error.message, place), {
    cause: error.cause,
  })
}

function located(message: string, { name, text, within, node }: ErrorPlace): string {
  if (node === undefined) return `template: ${name}: ${message}`
  const lines = text.slice(0, node.position).split('\n')
  const column = octetLength(lines.at(-1) ?? '')
  return `template: ${name}:${lines.length}:${column}: executing "${within}" at <${nodeText(node)}>: ${message}`
}
